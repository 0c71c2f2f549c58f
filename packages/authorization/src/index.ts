export * from './custom/index.js';
export * from './ownership/index.js';
