import type { RouteDefinition } from './route-definition.js';

/*
 * What must not compile. The compiler checks these lines with the tests; where one of them compiles, the build fails.
 */

const about = { method: 'GET', path: '/x', answer: 'plain', summary: 'x' } as const;

export const requiring: RouteDefinition = { ...about, requires: { resource: 'graph', action: 'read' } };
export const signed: RouteDefinition = {
  ...{ ...about, requires: { resource: 'graph', action: 'invoke' } },
  signed: 'a reason',
};
export const open: RouteDefinition = { ...about, public: 'a reason' };

// @ts-expect-error a route that says nothing about access
export const silent: RouteDefinition = { ...about };

// @ts-expect-error public without a reason
export const unreasoned: RouteDefinition = { ...about, public: true };

// @ts-expect-error signed, and nothing that the signer must be allowed
export const signedAlone: RouteDefinition = { ...about, signed: 'a reason' };

// @ts-expect-error a resource without an action
export const actionless: RouteDefinition = { ...about, requires: { resource: 'graph' } };

// @ts-expect-error an action that this resource does not have
export const foreignAction: RouteDefinition = { ...about, requires: { resource: 'store', action: 'invoke' } };

// @ts-expect-error a resource that does not exist
export const unknownResource: RouteDefinition = { ...about, requires: { resource: 'grpah', action: 'read' } };
