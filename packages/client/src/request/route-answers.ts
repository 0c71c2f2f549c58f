import type {
  ApiKeyCreatedResponse,
  ApiKeyListResponse,
  ApiKeyRevokedResponse,
  DeviceSignInResponse,
  DeviceTokenResponse,
  Envelope,
  FileAccessUrl,
  FileInfo,
  GrantList,
  GrantResource,
  GraphDescription,
  GraphTools,
  JsonObject,
  LoginResponse,
  MemoryResource,
  MeResponse,
  MultimodalConfig,
  Observability,
  PasswordChangedResponse,
  PolicyChangeResponse,
  PolicyListResponse,
  RunSummary,
  SessionListResponse,
  SessionsEndedResponse,
  SetupResponse,
  SignInMethodsResponse,
  SocketTicketResponse,
  TenantApiKeyListResponse,
  TenantSessionListResponse,
  ThreadSummary,
  UploadedFile,
  UserDeletedResponse,
  UserListResponse,
  UserResource,
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

export interface RunListResult {
  readonly runs: readonly RunSummary[];
  readonly next_cursor: string | null;
}

/** Of signing in, of users, and of keys. */
interface IdentityAnswers {
  'GET /v1/auth/methods': SignInMethodsResponse;
  'POST /v1/auth/login': LoginResponse;
  'POST /v1/auth/refresh': LoginResponse;
  'POST /v1/auth/logout': SessionsEndedResponse;
  'POST /v1/auth/logout-all': SessionsEndedResponse;
  'GET /v1/auth/sessions': SessionListResponse;
  'DELETE /v1/auth/sessions': SessionsEndedResponse;
  'DELETE /v1/auth/sessions/{session_id}': SessionsEndedResponse;
  'POST /v1/auth/password': PasswordChangedResponse;
  'POST /v1/auth/oauth/{provider}/device': DeviceSignInResponse;
  'POST /v1/auth/oauth/{provider}/device/token': DeviceTokenResponse;
  'GET /v1/users': UserListResponse;
  'POST /v1/users': UserResource;
  'GET /v1/users/{user_id}': UserResource;
  'PUT /v1/users/{user_id}': UserResource;
  'DELETE /v1/users/{user_id}': UserDeletedResponse;
  'POST /v1/users/{user_id}/password': UserResource;
  'DELETE /v1/users/{user_id}/sessions': SessionsEndedResponse;
  'GET /v1/tenant/sessions': TenantSessionListResponse;
  'DELETE /v1/tenant/sessions/{session_id}': SessionsEndedResponse;
  'GET /v1/api-keys': ApiKeyListResponse;
  'POST /v1/api-keys': ApiKeyCreatedResponse;
  'DELETE /v1/api-keys/{key_id}': ApiKeyRevokedResponse;
  'POST /v1/api-keys/{key_id}/rotate': ApiKeyCreatedResponse;
  'GET /v1/tenant/api-keys': TenantApiKeyListResponse;
  'DELETE /v1/tenant/api-keys/{key_id}': ApiKeyRevokedResponse;
}

/** The body of each route's success. A route that is not among them answers `unknown`. */
export interface RouteAnswers extends IdentityAnswers {
  'GET /ping': Envelope<string>;
  'GET /health': { readonly status: string };
  'GET /ready': { readonly status: string };
  'GET /v1/graph': Envelope<GraphDescription>;
  'GET /v1/graph:StateSchema': Envelope<JsonObject>;
  'POST /v1/graph/stop': Envelope<StopResult>;
  'POST /v1/graph/fix': Envelope<FixResult>;
  'POST /v1/graph/setup': Envelope<SetupResponse>;
  'GET /v1/graph/tools': Envelope<GraphTools>;
  'GET /v1/observability/{thread_id}': Envelope<Observability>;
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
  'POST /v1/auth/ws-ticket': SocketTicketResponse;
  'GET /v1/policies': PolicyListResponse;
  'POST /v1/policies': PolicyChangeResponse;
  'DELETE /v1/policies/{line_id}': PolicyChangeResponse;
}

export type RouteAnswer<K extends RouteKey> = K extends keyof RouteAnswers ? RouteAnswers[K] : unknown;
