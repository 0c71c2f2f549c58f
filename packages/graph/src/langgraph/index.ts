export { StoreCheckpointSaver } from './checkpointer.js';
export { createLangGraphRuntime, type LangGraphRuntimeParts } from './langgraph-runtime.js';
