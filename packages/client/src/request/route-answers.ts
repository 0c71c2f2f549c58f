import type {
  Envelope,
  GrantList,
  GrantResource,
  GraphDescription,
  GraphTools,
  JsonObject,
  JsonValue,
  MemoryResource,
  MeResponse,
  PolicyChangeResponse,
  PolicyListResponse,
  RunSummary,
  SetupResponse,
  ThreadSummary,
} from '@agentflow/protocol';
import type { Message } from '../messages/message.js';
import type { AgentState } from '../messages/wire.js';
import type { RouteKey } from './routes.js';

/** That something was done. */
export interface Done {
  readonly success: boolean;
  readonly message: string;
  readonly data?: boolean;
}

export interface StopResult {
  readonly ok: boolean;
  readonly running: boolean;
  readonly reason: string;
  readonly success: boolean;
  readonly message: string;
  readonly thread_id: string;
}

export interface FixResult {
  readonly success: boolean;
  readonly message: string;
  readonly removed_count: number;
  readonly state: AgentState | null;
}

/** What a run has left to look at. */
export interface ObservedRun {
  readonly run_id: string;
  readonly thread_id: string;
  readonly status: string;
  readonly started_at: string | number | null;
  readonly finished_at: string | number | null;
  readonly duration_ms: number | null;
  readonly spans: readonly JsonValue[];
  readonly events: readonly JsonValue[];
  readonly usage: JsonValue;
  readonly llm_calls: JsonValue;
  readonly tool_calls: JsonValue;
  readonly iterations: JsonValue;
}

export interface ObservabilityResult {
  readonly thread_id: string;
  readonly run_count: number;
  readonly run_ids: readonly string[];
  readonly run: ObservedRun | null;
}

export interface FileInfo {
  readonly file_id: string;
  readonly mime_type: string;
  readonly size_bytes: number;
  readonly filename: string;
  readonly extracted_text: string | null;
  readonly direct_url: string | null;
  readonly direct_url_expires_at: string | number | null;
}

export interface UploadedFile extends FileInfo {
  readonly url: string;
}

export interface FileAccessUrl {
  readonly file_id: string;
  readonly url: string;
  readonly expires_at: string | number | null;
  readonly mime_type: string;
}

export interface MultimodalConfig {
  readonly media_storage_type: string;
  readonly media_storage_path?: string;
  readonly media_max_size_mb: number;
  readonly document_handling: string;
}

/** A credential for one WebSocket, good once and for seconds. */
export interface SocketTicket {
  readonly ticket: string;
  /** RFC 3339 in UTC. */
  readonly expires_at: string;
  readonly expires_in_seconds: number;
  readonly path: string;
}

export interface RunListResult {
  readonly runs: readonly RunSummary[];
  readonly next_cursor: string | null;
}

/** The body of each route's success. A route that is not among them answers `unknown`. */
export interface RouteAnswers {
  'GET /ping': Envelope<string>;
  'GET /health': { readonly status: string };
  'GET /ready': { readonly status: string };
  'GET /v1/graph': Envelope<GraphDescription>;
  'GET /v1/graph:StateSchema': Envelope<JsonObject>;
  'POST /v1/graph/stop': Envelope<StopResult>;
  'POST /v1/graph/fix': Envelope<FixResult>;
  'POST /v1/graph/setup': Envelope<SetupResponse>;
  'GET /v1/graph/tools': Envelope<GraphTools>;
  'GET /v1/observability/{thread_id}': Envelope<ObservabilityResult>;
  'GET /v1/threads': Envelope<{ readonly threads: readonly ThreadSummary[]; readonly next_cursor?: string | null }>;
  'GET /v1/threads/{thread_id}': Envelope<{ readonly thread_data: { readonly thread: ThreadSummary } }>;
  'DELETE /v1/threads/{thread_id}': Envelope<Done>;
  'GET /v1/threads/{thread_id}/state': Envelope<{ readonly state: AgentState | null }>;
  'PUT /v1/threads/{thread_id}/state': Envelope<{ readonly state: AgentState }>;
  'DELETE /v1/threads/{thread_id}/state': Envelope<Done>;
  'GET /v1/threads/{thread_id}/messages': Envelope<{ readonly messages: Message[] }>;
  'POST /v1/threads/{thread_id}/messages': Envelope<Done>;
  'GET /v1/threads/{thread_id}/messages/{message_id}': Envelope<Message>;
  'DELETE /v1/threads/{thread_id}/messages/{message_id}': Envelope<Done>;
  'GET /v1/threads/{thread_id}/grants': GrantList;
  'POST /v1/threads/{thread_id}/grants': GrantResource;
  'DELETE /v1/threads/{thread_id}/grants/{grant_id}': GrantResource;
  'POST /v1/store/memories': Envelope<{ readonly memory_id: string }>;
  'POST /v1/store/search': Envelope<{ readonly results: readonly MemoryResource[] }>;
  'POST /v1/store/memories/list': Envelope<{
    readonly memories: readonly MemoryResource[];
    readonly next_cursor?: string | null;
  }>;
  'POST /v1/store/memories/forget': Envelope<{ readonly success: boolean; readonly data: JsonObject }>;
  'POST /v1/store/memories/{memory_id}': Envelope<{ readonly memory: MemoryResource }>;
  'PUT /v1/store/memories/{memory_id}': Envelope<{ readonly success: boolean; readonly data: JsonObject }>;
  'DELETE /v1/store/memories/{memory_id}': Envelope<{ readonly success: boolean; readonly data: JsonObject }>;
  'POST /v1/files/upload': Envelope<UploadedFile>;
  'DELETE /v1/files/{file_id}': { readonly file_id: string; readonly deleted: boolean };
  'GET /v1/files/{file_id}/info': Envelope<FileInfo>;
  'GET /v1/files/{file_id}/url': Envelope<FileAccessUrl>;
  'GET /v1/config/multimodal': Envelope<MultimodalConfig>;
  'GET /v1/runs': RunListResult;
  'GET /v1/runs/{run_id}': RunSummary;
  'GET /v1/auth/me': MeResponse;
  'POST /v1/auth/ws-ticket': SocketTicket;
  'GET /v1/policies': PolicyListResponse;
  'POST /v1/policies': PolicyChangeResponse;
  'DELETE /v1/policies/{line_id}': PolicyChangeResponse;
}

export type RouteAnswer<K extends RouteKey> = K extends keyof RouteAnswers ? RouteAnswers[K] : unknown;
