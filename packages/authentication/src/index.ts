export * from './custom/index.js';
export * from './jwt/index.js';
export * from './local/index.js';
