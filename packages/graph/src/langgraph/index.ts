export { createLangGraphRuntime } from './langgraph-runtime.js';
