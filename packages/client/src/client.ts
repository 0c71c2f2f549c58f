import { ApiKeyMethods } from './methods/api-keys.js';
import { AuthMethods } from './methods/auth.js';
import { GraphMethods } from './methods/graph.js';
import type { CallOptions } from './request/call-options.js';
import type { RouteAnswers } from './request/route-answers.js';

/** Which runs are asked for. */
export interface RunsRequest {
  readonly thread_id?: string | number | undefined;
  readonly status?: 'running' | 'interrupted' | 'completed' | 'error' | 'stopped' | undefined;
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/**
 * The client of one server. Unless stated otherwise a method resolves with the whole body, `{data, metadata}` on AgentFlow's routes, and
 * throws an {@link AgentFlowError} of the class of its cause.
 */
export class AgentFlowClient extends GraphMethods {
  /** Signing in with a name and a password, and one's sessions. */
  readonly auth = new AuthMethods(this.ask, this.sessionKeeper);
  readonly apiKeys = new ApiKeyMethods(this.ask);

  /** Whether the server is there; needs no credential. */
  ping(options?: CallOptions): Promise<RouteAnswers['GET /ping']> {
    return this.request('GET /ping', options);
  }

  /** Who the server takes the caller for, until when, and what they may do. */
  me(options?: CallOptions): Promise<RouteAnswers['GET /v1/auth/me']> {
    return this.request('GET /v1/auth/me', options);
  }

  /** The caller's runs, the latest first. */
  runs(request: RunsRequest = {}, options?: CallOptions): Promise<RouteAnswers['GET /v1/runs']> {
    const { thread_id, status, offset, limit, cursor } = request;
    return this.request('GET /v1/runs', { ...options, query: { thread_id, status, offset, limit, cursor } });
  }

  run(runId: string, options?: CallOptions): Promise<RouteAnswers['GET /v1/runs/{run_id}']> {
    return this.request('GET /v1/runs/{run_id}', { ...options, path: { run_id: runId } });
  }
}
