export { createCustomAuthorization } from './custom-authorization.js';
export { type CustomAuthorizationOptions, customAuthorizationOptionsSchema } from './options.js';
