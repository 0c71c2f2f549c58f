import { allPermissions } from '@agentflow/protocol';
import { expect, test } from 'vitest';
import { expandPermission } from './permission-pattern.js';

test.each([
  ['graph:invoke', ['graph:invoke']],
  ['threads:read', ['checkpointer:read']],
  ['memories:*', ['store:read', 'store:write', 'store:delete']],
  ['executor:*', ['executor:read', 'executor:call']],
  ['*:use', ['node:use', 'tool:use']],
  ['*:*', allPermissions],
  ['*', allPermissions],
])('%s stands for %j', (pattern, expected) => {
  expect(expandPermission(pattern)).toEqual({ permissions: expected });
});

test.each([
  ['graph', /not of the form/, /"graph:\*"/],
  ['threads', /not of the form/, /"threads:\*"/],
  ['', /not of the form/, /"graph:invoke"/],
  ['graph:invoke:now', /not of the form/, /"graph:invoke"/],
  ['grpah:invoke', /no resource "grpah"/, /"graph"/],
  ['thread:read', /no resource "thread"/, /"threads"/],
  ['graph:invok', /"graph" does not have the action "invok"/, /"invoke"/],
  ['store:invoke', /"store" does not have/, /Known here: read, write, delete/],
  ['*:raed', /no resource has/, /"read"/],
  [' graph:read', /no resource/, /"graph"/],
  ['graph: read', /does not have/, /"read"/],
  ['GRAPH:read', /no resource/, /Known here/],
  ['__proto__:read', /no resource/, /Known here/],
  ['constructor:read', /no resource/, /Known here/],
  ['graph:constructor', /does not have/, /Known here/],
])('%j is a fault', (pattern, message, remedy) => {
  const { fault } = expandPermission(pattern);
  expect(fault?.message).toMatch(message);
  expect(fault?.remedy).toMatch(remedy);
});
