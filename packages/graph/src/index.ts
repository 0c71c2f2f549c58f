export * from './langgraph/index.js';
