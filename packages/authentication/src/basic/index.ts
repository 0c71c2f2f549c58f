export { createBasicAuth } from './create-basic-auth.js';
export { type BasicAuthOptions, basicAuthOptionsSchema } from './options.js';
