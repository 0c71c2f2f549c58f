import { tool } from '@langchain/core/tools';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { currentUser } from 'agentflow';
import { z } from 'zod';
import { RuleModel } from '../react/rule-model.js';

/** What each user has in their calendar: a tool may only ever read that of whoever is asking. */
const calendars: ReadonlyMap<string, string> = new Map([
  ['alice', 'the board, at ten'],
  ['bob', 'the dentist, at noon'],
]);

/** Takes no argument that says whose calendar: the model, and whoever talks to it, has no say in that. */
const whoIsAsking = tool(
  (_input, config) => {
    const user = currentUser(config);
    return `You are ${user.user_id}. Your next appointment: ${calendars.get(user.user_id) ?? 'none'}.`;
  },
  { name: 'who_is_asking', description: 'Tells who is asking, and what they have next.', schema: z.object({}) },
);

const model = new RuleModel().bindTools([whoIsAsking]);

export const app = new StateGraph(MessagesAnnotation)
  .addNode('agent', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
  .addNode('tools', new ToolNode([whoIsAsking]))
  .addEdge('__start__', 'agent')
  .addConditionalEdges('agent', toolsCondition)
  .addEdge('tools', 'agent')
  .compile();
