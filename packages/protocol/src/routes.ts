import type { ActionOn, ResourceType } from './vocabulary.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Where the id of the resource comes from: a path parameter, or the thread id inside the body's `config`. */
export type IdSource = 'path:thread_id' | 'body:config.thread_id';

/** What a caller must be allowed to do. `id` names the one resource that the request is about, where there is one. */
type Required = {
  [R in ResourceType]: { readonly resource: R; readonly action: ActionOn<R>; readonly id?: IdSource };
}[ResourceType];

/**
 * Who may use a route. There is no fourth kind, and no default:
 * - `requires`: an authenticated principal to whom the authorization backend allows this action;
 * - `self`: any authenticated principal, about itself only; the reason is documentation. Scopes still narrow it;
 * - `public`: anybody; the reason is printed at start.
 */
export type Access =
  | { readonly requires: Required }
  | { readonly requires: Required; readonly self: string }
  | { readonly public: string };

/** `envelope` is AgentFlow's `{data, metadata}`; `plain` is the resource itself; `stream` is one JSON text a line. */
export type BodyForm = 'envelope' | 'plain' | 'stream';

export type RouteDefinition = Access & {
  readonly method: Method;
  /** Literal segments and `:name` parameters; a literal colon is written `\\:`. */
  readonly path: `/${string}`;
  readonly body: BodyForm;
  /** One line for the documentation. */
  readonly summary: string;
};

function defineRoutes<const T extends Readonly<Record<string, RouteDefinition>>>(table: T): T {
  return table;
}

/**
 * The one table that declares every route. The host serves exactly these, the pipeline demands exactly what
 * they require, and documentation, audit event types and the list of public routes are read from here.
 */
export const routes = defineRoutes({
  ping: {
    method: 'GET',
    path: '/ping',
    public: 'tells that the server is up, and nothing else; the AgentFlow client calls it before it has a credential',
    body: 'envelope',
    summary: 'Answers "pong".',
  },
  health: {
    method: 'GET',
    path: '/health',
    public: 'liveness probe of an orchestrator; a bare status',
    body: 'plain',
    summary: 'Whether the process lives.',
  },
  ready: {
    method: 'GET',
    path: '/ready',
    public: 'readiness probe of an orchestrator; a bare status',
    body: 'plain',
    summary: 'Whether the process can serve requests now.',
  },
  describeGraph: {
    method: 'GET',
    path: '/v1/graph',
    requires: { resource: 'graph', action: 'read' },
    body: 'envelope',
    summary: 'Nodes, edges and capabilities of the graph.',
  },
  invokeGraph: {
    method: 'POST',
    path: '/v1/graph/invoke',
    requires: { resource: 'graph', action: 'invoke', id: 'body:config.thread_id' },
    body: 'envelope',
    summary: 'Runs the graph on a thread and answers with what the run produced.',
  },
  streamGraph: {
    method: 'POST',
    path: '/v1/graph/stream',
    requires: { resource: 'graph', action: 'stream', id: 'body:config.thread_id' },
    body: 'stream',
    summary: 'Runs the graph on a thread and streams what happens, one JSON text a line.',
  },
  listThreads: {
    method: 'GET',
    path: '/v1/threads',
    requires: { resource: 'checkpointer', action: 'read' },
    body: 'envelope',
    summary: "The caller's threads, the latest first.",
  },
  readThread: {
    method: 'GET',
    path: '/v1/threads/:thread_id',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'One thread.',
  },
  deleteThread: {
    method: 'DELETE',
    path: '/v1/threads/:thread_id',
    requires: { resource: 'checkpointer', action: 'delete', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'Deletes a thread with its messages and state.',
  },
  readThreadState: {
    method: 'GET',
    path: '/v1/threads/:thread_id/state',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'The state that the last run left.',
  },
  updateThreadState: {
    method: 'PUT',
    path: '/v1/threads/:thread_id/state',
    requires: { resource: 'checkpointer', action: 'write', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'Merges fields into the state; `context` is appended to the messages.',
  },
  clearThreadState: {
    method: 'DELETE',
    path: '/v1/threads/:thread_id/state',
    requires: { resource: 'checkpointer', action: 'delete', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'Forgets state and messages; the thread stays.',
  },
  listMessages: {
    method: 'GET',
    path: '/v1/threads/:thread_id/messages',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'The messages of a thread, the oldest first.',
  },
  addMessages: {
    method: 'POST',
    path: '/v1/threads/:thread_id/messages',
    requires: { resource: 'checkpointer', action: 'write', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'Appends messages without running the graph.',
  },
  readMessage: {
    method: 'GET',
    path: '/v1/threads/:thread_id/messages/:message_id',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'One message.',
  },
  deleteMessage: {
    method: 'DELETE',
    path: '/v1/threads/:thread_id/messages/:message_id',
    requires: { resource: 'checkpointer', action: 'delete', id: 'path:thread_id' },
    body: 'envelope',
    summary: 'Removes one message.',
  },
  readMe: {
    method: 'GET',
    path: '/v1/auth/me',
    requires: { resource: 'session', action: 'read' },
    self: 'everybody may ask who they are and what they may do',
    body: 'plain',
    summary: 'Who am I, by which method, and what may I do?',
  },
});

export type RouteName = keyof typeof routes;

/** A route together with its name. */
export type Route = RouteDefinition & { readonly name: RouteName };

/** The table as a list, for those who register or document all of it. */
export const routeList: readonly Route[] = (Object.keys(routes) as RouteName[]).map((name) => ({
  name,
  ...(routes[name] as RouteDefinition),
}));
