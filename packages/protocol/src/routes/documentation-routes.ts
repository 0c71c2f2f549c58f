import { defineRoutes } from '../route-definition.js';

/** This interface itself. Served only where it is switched on. */
export const documentationRoutes = defineRoutes({
  readOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    requires: { resource: 'config', action: 'read' },
    self: 'describes the interface alike to everybody who is let in',
    switchedOn: true,
    answer: 'plain',
    summary: 'This interface, as an OpenAPI document.',
  },
  readDocs: {
    method: 'GET',
    path: '/docs',
    requires: { resource: 'config', action: 'read' },
    self: 'describes the interface alike to everybody who is let in',
    switchedOn: true,
    answer: 'page',
    summary: 'This interface, as a page to look things up in.',
  },
  readRedocs: {
    method: 'GET',
    path: '/redocs',
    requires: { resource: 'config', action: 'read' },
    self: 'describes the interface alike to everybody who is let in',
    switchedOn: true,
    answer: 'page',
    summary: 'This interface, as a page to read from top to bottom.',
  },
});
