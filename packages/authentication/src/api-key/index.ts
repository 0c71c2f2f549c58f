export { createApiKeyAuth } from './api-key-auth.js';
export { type ApiKeyAuthOptions, apiKeyAuthOptionsSchema } from './options.js';
