export { isPlainGraph } from './plain-graph.js';
export { createPlainRuntime } from './plain-runtime.js';
