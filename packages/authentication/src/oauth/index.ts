export { createOAuthAuth } from './oauth-auth.js';
export { type OAuthAuthOptions, oauthAuthOptionsSchema } from './options.js';
export { type NamedResource, protectedResourceOf } from './protected-resource.js';
