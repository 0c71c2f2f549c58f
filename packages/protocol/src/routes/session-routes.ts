import { defineRoutes } from '../route-definition.js';

/** The caller. */
export const sessionRoutes = defineRoutes({
  readMe: {
    method: 'GET',
    path: '/v1/auth/me',
    requires: { resource: 'session', action: 'read' },
    self: 'everybody may ask who they are and what they may do',
    answer: 'plain',
    summary: 'Who am I, by which method, and what may I do?',
  },
  signOut: {
    method: 'POST',
    path: '/v1/auth/logout',
    requires: { resource: 'session', action: 'delete' },
    self: 'everybody may end what they have begun',
    answer: 'plain',
    summary: "Ends the caller's session, or the token of the request where it is of none.",
  },
  revokeToken: {
    method: 'POST',
    path: '/v1/auth/revoke',
    public: 'whoever has a token may have it end (RFC 7009); the answer is the same for every text',
    maxPublicBytes: 16 * 1024,
    answer: 'plain',
    summary: 'Ends what a token stands for.',
  },
  issueSocketTicket: {
    method: 'POST',
    path: '/v1/auth/ws-ticket',
    requires: { resource: 'session', action: 'write' },
    self: 'a ticket opens one socket for whoever asks for it, by the credential that they have',
    answer: 'plain',
    summary: 'A ticket for one WebSocket of the caller, where a browser cannot send the credential itself.',
  },
});
