import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { currentUser } from 'agentflow';
import { z } from 'zod';

/** Acts for whoever is asking: the server says who that is, and no request can say otherwise. */
const whoIsAsking = tool((_input, config) => `You are ${currentUser(config).user_id}.`, {
  name: 'who_is_asking',
  description: 'Tells who is asking.',
  schema: z.object({}),
});

/**
 * Stands where a chat model will stand, and needs no key: it asks for the tool, and answers with what the tool has said.
 * With a model: `const model = new ChatModel(…).bindTools([whoIsAsking])`, and below `await model.invoke(messages, config)`.
 */
function decide(messages: readonly BaseMessage[]): AIMessage {
  const last = messages.at(-1);
  if (last?.getType() === 'tool') return new AIMessage(last.text);
  const call = { id: `call_${messages.length}`, name: whoIsAsking.name, args: {}, type: 'tool_call' as const };
  return new AIMessage({ content: '', tool_calls: [call] });
}

/** Reason and act: the model asks for tools, the tools answer, until the model has what it needs. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('agent', ({ messages }) => ({ messages: [decide(messages)] }))
  .addNode('tools', new ToolNode([whoIsAsking]))
  .addEdge('__start__', 'agent')
  .addConditionalEdges('agent', toolsCondition)
  .addEdge('tools', 'agent')
  .compile();
