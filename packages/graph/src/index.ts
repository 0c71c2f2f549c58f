export { createGraphRuntime, type GraphRuntimeParts } from './create-runtime.js';
