export { webhooksSchema } from './options.js';
export { createWebhooks } from './webhook-auth.js';
