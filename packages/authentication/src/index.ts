export * from './api-key/index.js';
export * from './custom/index.js';
export * from './jwt/index.js';
export * from './local/index.js';
export * from './oauth/index.js';
