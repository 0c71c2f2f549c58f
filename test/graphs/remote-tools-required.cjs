const { AIMessage } = require('@langchain/core/messages');
const { MessagesAnnotation, StateGraph } = require('@langchain/langgraph');
const { remoteTools } = require('agentflow');

/** In CommonJS, and so on other copies of LangChain and LangGraph than those that `import` gives. */
exports.app = new StateGraph(MessagesAnnotation)
  .addNode('ask', async (_state, config) => {
    const told = await Promise.all(remoteTools(config).map((tool) => tool.invoke({ from: 'ask' }, config)));
    return { messages: [new AIMessage(told.join(' | '))] };
  })
  .addEdge('__start__', 'ask')
  .compile();
