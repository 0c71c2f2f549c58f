import { defineRoutes } from '../route-definition.js';

/** What this server is for those who look for where to get a token. Served only where an issuer and our own address are known. */
export const resourceRoutes = defineRoutes({
  readProtectedResource: {
    method: 'GET',
    // RFC 9728 §3.1: with the path of the resource after it.
    path: '/.well-known/oauth-protected-resource',
    public: 'names the issuers whose tokens are taken here, to those who have none yet (RFC 9728)',
    switchedOn: true,
    answer: 'plain',
    summary: 'Whose tokens are taken here.',
  },
});
