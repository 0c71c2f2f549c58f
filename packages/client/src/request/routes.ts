import type { RouteName, routes } from '@agentflow/protocol';

/*
 * The route table of the server, as types only: a route that is not in it does not compile, and nothing of it is in the bundle.
 */

type KeyOf<R> = R extends { readonly method: infer M extends string; readonly path: infer P extends string }
  ? `${M} ${P}`
  : never;

/** `GET /v1/threads/{thread_id}` */
export type RouteKey = KeyOf<(typeof routes)[RouteName]>;

/** The names in braces of a route. */
export type PathParameter<K extends string> = K extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathParameter<Rest>
  : never;

/**
 * What may be sent again after a failure that may pass, beside every GET: it only reads, or what it leaves is the same after one time and
 * two. Not DELETE, whose second answer would be 404, and nothing that appends or runs.
 */
export const repeatableRoutes: ReadonlySet<string> = new Set<RouteKey>([
  'POST /v1/store/search',
  'POST /v1/store/memories/list',
  'POST /v1/store/memories/{memory_id}',
  'PUT /v1/store/memories/{memory_id}',
  'POST /v1/graph/stop',
  'POST /v1/graph/setup',
  'POST /v1/threads/{thread_id}/grants',
  'POST /v1/policies/explain',
  'POST /v1/auth/ws-ticket',
]);
