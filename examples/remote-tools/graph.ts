import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { callRemoteTools, remoteTools } from 'agentflow';
import { RuleModel } from '../react/rule-model.js';
import { tools } from '../react/tools.js';

const model = new RuleModel();

export const app = new StateGraph(MessagesAnnotation)
  // The model is told of the graph's tools, and of those that run in the client of whoever is asking.
  .addNode('agent', async ({ messages }, config) => ({
    messages: [await model.bindTools([...tools, ...remoteTools(config)]).invoke(messages, config)],
  }))
  // Waits here until the client has answered. Before the other tools, so that none of them runs twice.
  .addNode('remote_tools', callRemoteTools)
  .addNode('tools', new ToolNode(tools))
  .addEdge('__start__', 'agent')
  .addConditionalEdges('agent', toolsCondition, { tools: 'remote_tools', __end__: '__end__' })
  .addEdge('remote_tools', 'tools')
  .addEdge('tools', 'agent')
  .compile();
