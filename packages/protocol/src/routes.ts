import type { RouteDefinition } from './route-definition.js';

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
    answer: 'envelope',
    summary: 'Answers "pong".',
  },
  health: {
    method: 'GET',
    path: '/health',
    public: 'liveness probe of an orchestrator; a bare status',
    answer: 'plain',
    summary: 'Whether the process lives.',
  },
  ready: {
    method: 'GET',
    path: '/ready',
    public: 'readiness probe of an orchestrator; a bare status',
    answer: 'plain',
    summary: 'Whether the process can serve requests now.',
  },
  describeGraph: {
    method: 'GET',
    path: '/v1/graph',
    requires: { resource: 'graph', action: 'read' },
    answer: 'envelope',
    summary: 'Nodes, edges and capabilities of the graph.',
  },
  invokeGraph: {
    method: 'POST',
    path: '/v1/graph/invoke',
    requires: { resource: 'graph', action: 'invoke', id: 'body:config.thread_id' },
    answer: 'envelope',
    summary: 'Runs the graph on a thread and answers with what the run produced.',
  },
  streamGraph: {
    method: 'POST',
    path: '/v1/graph/stream',
    requires: { resource: 'graph', action: 'stream', id: 'body:config.thread_id' },
    answer: 'stream',
    summary: 'Runs the graph on a thread and streams what happens, one JSON text a line.',
  },
  stopGraph: {
    method: 'POST',
    path: '/v1/graph/stop',
    requires: { resource: 'graph', action: 'stop', id: 'body:thread_id' },
    answer: 'envelope',
    summary: 'Ends the run that goes on on a thread; what it has done so far stays.',
  },
  fixGraph: {
    method: 'POST',
    path: '/v1/graph/fix',
    requires: { resource: 'graph', action: 'fix', id: 'body:thread_id' },
    answer: 'envelope',
    summary: 'Takes tool calls that nobody will answer any more out of a thread, so that it can go on.',
  },
  readStateSchema: {
    method: 'GET',
    path: '/v1/graph:StateSchema',
    requires: { resource: 'graph', action: 'read' },
    answer: 'envelope',
    summary: "The JSON Schema of the graph's state.",
  },
  listRuns: {
    method: 'GET',
    path: '/v1/runs',
    requires: { resource: 'run', action: 'read', many: true },
    answer: 'plain',
    summary: "The caller's runs, the latest first.",
  },
  readRun: {
    method: 'GET',
    path: '/v1/runs/{run_id}',
    requires: { resource: 'run', action: 'read', id: 'path:run_id' },
    answer: 'plain',
    summary: 'One run.',
  },
  listThreads: {
    method: 'GET',
    path: '/v1/threads',
    requires: { resource: 'checkpointer', action: 'read', many: true },
    answer: 'envelope',
    summary: "The caller's threads, the latest first.",
  },
  readThread: {
    method: 'GET',
    path: '/v1/threads/{thread_id}',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'One thread.',
  },
  deleteThread: {
    method: 'DELETE',
    path: '/v1/threads/{thread_id}',
    requires: { resource: 'checkpointer', action: 'delete', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'Deletes a thread with its messages and state.',
  },
  readThreadState: {
    method: 'GET',
    path: '/v1/threads/{thread_id}/state',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'The state that the last run left.',
  },
  updateThreadState: {
    method: 'PUT',
    path: '/v1/threads/{thread_id}/state',
    requires: { resource: 'checkpointer', action: 'write', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'Merges fields into the state; `context` is appended to the messages.',
  },
  clearThreadState: {
    method: 'DELETE',
    path: '/v1/threads/{thread_id}/state',
    requires: { resource: 'checkpointer', action: 'delete', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'Forgets state and messages; the thread stays.',
  },
  listMessages: {
    method: 'GET',
    path: '/v1/threads/{thread_id}/messages',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'The messages of a thread, the oldest first.',
  },
  addMessages: {
    method: 'POST',
    path: '/v1/threads/{thread_id}/messages',
    requires: { resource: 'checkpointer', action: 'write', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'Appends messages without running the graph.',
  },
  readMessage: {
    method: 'GET',
    path: '/v1/threads/{thread_id}/messages/{message_id}',
    requires: { resource: 'checkpointer', action: 'read', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'One message.',
  },
  deleteMessage: {
    method: 'DELETE',
    path: '/v1/threads/{thread_id}/messages/{message_id}',
    requires: { resource: 'checkpointer', action: 'delete', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'Removes one message.',
  },
  listGrants: {
    method: 'GET',
    path: '/v1/threads/{thread_id}/grants',
    requires: { resource: 'checkpointer', action: 'share', id: 'path:thread_id' },
    answer: 'plain',
    summary: 'With whom a thread is shared. Only its owner is told.',
  },
  createGrant: {
    method: 'POST',
    path: '/v1/threads/{thread_id}/grants',
    requires: { resource: 'checkpointer', action: 'share', id: 'path:thread_id' },
    answer: 'plain',
    summary: 'Shares a thread with another principal, or with a role, to read or to write.',
  },
  deleteGrant: {
    method: 'DELETE',
    path: '/v1/threads/{thread_id}/grants/{grant_id}',
    requires: { resource: 'checkpointer', action: 'share', id: 'path:thread_id' },
    answer: 'plain',
    summary: 'Takes a grant back, at once.',
  },
  storeMemory: {
    method: 'POST',
    path: '/v1/store/memories',
    requires: { resource: 'store', action: 'write' },
    answer: 'envelope',
    summary: 'Remembers something.',
  },
  searchMemories: {
    method: 'POST',
    path: '/v1/store/search',
    requires: { resource: 'store', action: 'read', many: true },
    answer: 'envelope',
    summary: "The caller's memories that answer a query, the best first.",
  },
  listMemories: {
    method: 'POST',
    path: '/v1/store/memories/list',
    requires: { resource: 'store', action: 'read', many: true },
    answer: 'envelope',
    summary: "The caller's memories, the latest first.",
  },
  forgetMemories: {
    method: 'POST',
    path: '/v1/store/memories/forget',
    requires: { resource: 'store', action: 'delete', many: true },
    answer: 'envelope',
    summary: "Deletes the caller's memories that match; all of them, where nothing is said.",
  },
  readMemory: {
    method: 'POST',
    path: '/v1/store/memories/{memory_id}',
    requires: { resource: 'store', action: 'read', id: 'path:memory_id' },
    answer: 'envelope',
    summary: 'One memory.',
  },
  updateMemory: {
    method: 'PUT',
    path: '/v1/store/memories/{memory_id}',
    requires: { resource: 'store', action: 'write', id: 'path:memory_id' },
    answer: 'envelope',
    summary: 'Changes what is remembered.',
  },
  deleteMemory: {
    method: 'DELETE',
    path: '/v1/store/memories/{memory_id}',
    requires: { resource: 'store', action: 'delete', id: 'path:memory_id' },
    answer: 'envelope',
    summary: 'Forgets one memory.',
  },
  listPolicies: {
    method: 'GET',
    path: '/v1/policies',
    requires: { resource: 'policy', action: 'read' },
    answer: 'plain',
    summary: 'The lines of the policy in the database, and its revision.',
  },
  changePolicies: {
    method: 'POST',
    path: '/v1/policies',
    requires: { resource: 'policy', action: 'write' },
    answer: 'plain',
    summary: 'Adds lines to the policy and removes others, all at once or not at all.',
  },
  deletePolicy: {
    method: 'DELETE',
    path: '/v1/policies/{policy_id}',
    requires: { resource: 'policy', action: 'delete', id: 'path:policy_id' },
    answer: 'plain',
    summary: 'Removes one line of the policy.',
  },
  readMe: {
    method: 'GET',
    path: '/v1/auth/me',
    requires: { resource: 'session', action: 'read' },
    self: 'everybody may ask who they are and what they may do',
    answer: 'plain',
    summary: 'Who am I, by which method, and what may I do?',
  },
  explainPolicy: {
    method: 'POST',
    path: '/v1/policies/explain',
    requires: { resource: 'policy', action: 'read' },
    answer: 'plain',
    summary: 'Why somebody may do something by the policy, or may not: for operators.',
  },
  readOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    requires: { resource: 'config', action: 'read' },
    self: 'describes the interface alike to everybody who is let in',
    documentation: true,
    answer: 'plain',
    summary: 'This interface, as an OpenAPI document.',
  },
  readDocs: {
    method: 'GET',
    path: '/docs',
    requires: { resource: 'config', action: 'read' },
    self: 'describes the interface alike to everybody who is let in',
    documentation: true,
    answer: 'page',
    summary: 'This interface, as a page to look things up in.',
  },
  readRedocs: {
    method: 'GET',
    path: '/redocs',
    requires: { resource: 'config', action: 'read' },
    self: 'describes the interface alike to everybody who is let in',
    documentation: true,
    answer: 'page',
    summary: 'This interface, as a page to read from top to bottom.',
  },
});

export type RouteName = keyof typeof routes;

/** A route together with its name. */
export type Route = RouteDefinition & { readonly name: RouteName };

/** Every row of the table. */
export const allRoutes: readonly Route[] = (Object.keys(routes) as RouteName[]).map((name) => ({
  name,
  ...(routes[name] as RouteDefinition),
}));

/** What is served always, as a list. */
export const routeList: readonly Route[] = allRoutes.filter(({ documentation }) => documentation !== true);
