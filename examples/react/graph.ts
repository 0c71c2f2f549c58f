import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt';
import { RuleModel } from './rule-model.js';
import { tools } from './tools.js';

const model = new RuleModel().bindTools(tools);

/** Reason and act: the model asks for tools, the tools answer, until the model has what it needs. */
export const app = new StateGraph(MessagesAnnotation)
  .addNode('agent', async ({ messages }, config) => ({ messages: [await model.invoke(messages, config)] }))
  .addNode('tools', new ToolNode(tools))
  .addEdge('__start__', 'agent')
  .addConditionalEdges('agent', toolsCondition)
  .addEdge('tools', 'agent')
  .compile();
