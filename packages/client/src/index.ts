export type {
  ApiKeyCreatedResponse,
  ApiKeyCreateRequest,
  ApiKeyListResponse,
  ApiKeyRateLimit,
  ApiKeyResource,
  ApiKeyRotateRequest,
  Envelope,
  ErrorDetail,
  FileAccessUrl,
  FileInfo,
  GrantList,
  GrantResource,
  Granularity,
  GraphDescription,
  GraphTool,
  GraphTools,
  GraphToolsOfNode,
  InvokeMeta,
  JsonObject,
  JsonValue,
  LoginRequest,
  MemoryResource,
  MeResponse,
  MultimodalConfig,
  Observability,
  ObservedRun,
  PasswordChangeRequest,
  PolicyChangeResponse,
  PolicyListResponse,
  RunState,
  RunSummary,
  SessionListResponse,
  SessionResource,
  SessionsEndedResponse,
  SetupResponse,
  SignedInUser,
  SignInMethodsResponse,
  SignInProvider,
  SocketTicketResponse,
  TenantApiKeyListResponse,
  TenantApiKeyResource,
  TenantSessionListResponse,
  TenantSessionResource,
  ThreadAccess,
  ThreadSummary,
  UploadedFile,
  UserDeletedResponse,
  UserListResponse,
  UserResource,
} from '@agentflow/protocol';
export type * from './agentflow-names.js';
export * from './client.js';
export {
  type Auth,
  type BasicAuth,
  type BearerAuth,
  basicAuth,
  bearerAuth,
  type Credential,
  type CredentialFunction,
  type CredentialRequest,
  type HeaderAuth,
  headerAuth,
} from './credentials/auth.js';
export { AgentFlowError } from './errors/agentflow-error.js';
export { errorFromChunk } from './errors/create-error.js';
export * from './errors/error-classes.js';
export type { AuthenticationChallenge } from './errors/read-challenges.js';
export * from './messages/blocks.js';
export * from './messages/message.js';
export type { AgentState, MessageFields } from './messages/wire.js';
export type { ApiKeyMethods } from './methods/api-keys.js';
export type { AuthMethods, SignedIn } from './methods/auth.js';
export type { FileSource } from './methods/files.js';
export * from './methods/memories.js';
export type { GrantRequest, ListPart, ThreadId, ThreadsRequest } from './methods/threads.js';
export type { RouteRequest } from './request/api.js';
export type { CallOptions } from './request/call-options.js';
export type { RetryOptions } from './request/retry.js';
export type * from './request/route-answers.js';
export type { RouteKey } from './request/routes.js';
export type { AgentFlowClientOptions } from './request/settings.js';
export type * from './run-options.js';
export type { SessionEnd } from './session/session-keeper.js';
export { type KeptSession, type SessionStore, SessionStoreError } from './session/session-store.js';
export type { SocketRunStream } from './socket/socket-run.js';
export type { WebSocketConstructor, WebSocketLike } from './socket/web-socket.js';
export type { RunStream } from './stream/run-stream.js';
export { type StreamChunk, StreamEventType } from './stream/stream-chunk.js';
export type { StreamEnd, StreamProgress } from './stream/stream-end.js';
export type * from './tools/tools.js';
