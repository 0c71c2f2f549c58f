export { createInsecureAllowAllAuthorization } from './insecure-allow-all-authorization.js';
export { insecureAllowAllAuthorizationOptionsSchema } from './options.js';
