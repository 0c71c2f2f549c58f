export { createCustomAuth } from './custom-auth.js';
export { type CustomAuthOptions, customAuthOptionsSchema } from './options.js';
