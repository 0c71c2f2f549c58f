export { createCasbinAuthorization } from './casbin-authorization.js';
export { type CasbinAuthorizationOptions, casbinAuthorizationOptionsSchema } from './options.js';
export { createShadowPolicy } from './shadow-policy.js';
