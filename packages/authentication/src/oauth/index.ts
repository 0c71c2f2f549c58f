export { createOAuthAuth } from './oauth-auth.js';
export { type OAuthAuthOptions, oauthAuthOptionsSchema } from './options.js';
