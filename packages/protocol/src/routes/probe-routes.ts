import { defineRoutes } from '../route-definition.js';

/** Whether the server is there: for anybody. */
export const probeRoutes = defineRoutes({
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
});
