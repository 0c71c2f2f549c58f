import { defineRoutes } from '../route-definition.js';

const access = {
  requires: { resource: 'graph', action: 'invoke', id: 'body:config.thread_id' },
  signed: 'whoever calls has a secret of the file instead of a credential, and signs each body with it',
  answer: 'plain',
  switchedOn: true,
} as const;

/** Runs that other services start. What they send is data for the run, and says nothing about how it runs. */
export const webhookRoutes = defineRoutes({
  receiveWebhook: {
    ...{ method: 'POST', path: '/v1/webhooks/{name}', ...access },
    summary: 'Starts a run for a service, which has signed the body.',
  },
  receiveWebhookInShort: {
    ...{ method: 'POST', path: '/webhook/{name}', ...access, sameAs: 'receiveWebhook' },
    summary: 'The same, at the address that some services were given before.',
  },
});
