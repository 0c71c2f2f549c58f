export { createApiKeyAuth, type MadeApiKeyAuth } from './api-key-auth.js';
export { createConfiguredUses } from './configured-uses.js';
export { createIssuedKeys, type IssuedKeyParts, type IssuedKeys } from './issued/issued-keys.js';
export type { FindConfigured } from './issued/owner-now.js';
export { type ApiKeyAuthOptions, apiKeyAuthOptionsSchema } from './options.js';
