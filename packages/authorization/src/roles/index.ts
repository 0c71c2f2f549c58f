export { type RolesAuthorizationOptions, rolesAuthorizationOptionsSchema } from './options.js';
export { createRolesAuthorization } from './roles-authorization.js';
