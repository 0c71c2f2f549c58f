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
});
