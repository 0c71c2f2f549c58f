export { type OwnershipAuthorizationOptions, ownershipAuthorizationOptionsSchema } from './options.js';
export { createOwnershipAuthorization } from './ownership-authorization.js';
