import { defineRoutes } from '../route-definition.js';

/** The graph, and what it has run. */
export const graphRoutes = defineRoutes({
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
  openSocket: {
    method: 'GET',
    path: '/v1/graph/ws',
    requires: { resource: 'graph', action: 'stream', many: true },
    answer: 'socket',
    summary: 'A WebSocket: run after run, each decided about by itself.',
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
  setupGraph: {
    method: 'POST',
    path: '/v1/graph/setup',
    requires: { resource: 'graph', action: 'setup' },
    answer: 'envelope',
    summary: 'Declares the tools that the caller runs: these in the place of all before, and for nobody else.',
  },
  listGraphTools: {
    method: 'GET',
    path: '/v1/graph/tools',
    requires: { resource: 'graph', action: 'read' },
    answer: 'envelope',
    summary: 'The tools of the graph by node, and those that the caller has declared.',
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
  readObservability: {
    method: 'GET',
    path: '/v1/observability/{thread_id}',
    requires: { resource: 'graph', action: 'read', id: 'path:thread_id' },
    answer: 'envelope',
    summary: 'The runs of a thread: which there were, and how one of them went.',
  },
});
