export * from './casbin/index.js';
export * from './custom/index.js';
export * from './insecure-allow-all/index.js';
export * from './ownership/index.js';
export * from './roles/index.js';
