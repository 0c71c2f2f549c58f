import type { MemoryResource } from '@agentflow/protocol';
import type { Auth, BasicAuth, BearerAuth, HeaderAuth } from './credentials/auth.js';
import type { RouteAnswers } from './request/route-answers.js';
import type { AgentFlowClientOptions } from './request/settings.js';

/*
 * The names under which AgentFlow's client exports the same types, for programs that import them.
 */

export type AgentFlowConfig = AgentFlowClientOptions;
export type AgentFlowAuth = Auth;
export type AgentFlowBearerAuth = BearerAuth;
export type AgentFlowBasicAuth = BasicAuth;
export type AgentFlowHeaderAuth = HeaderAuth;
export type MemoryResult = MemoryResource;

export type PingResponse = RouteAnswers['GET /ping'];
export type GraphResponse = RouteAnswers['GET /v1/graph'];
export type StateSchemaResponse = RouteAnswers['GET /v1/graph:StateSchema'];
export type GraphToolsResponse = RouteAnswers['GET /v1/graph/tools'];
export type ObservabilityResponse = RouteAnswers['GET /v1/observability/{thread_id}'];
export type SetupGraphResponse = RouteAnswers['POST /v1/graph/setup'];
export type StopGraphResponse = RouteAnswers['POST /v1/graph/stop'];
export type FixGraphResponse = RouteAnswers['POST /v1/graph/fix'];
export type ThreadsResponse = RouteAnswers['GET /v1/threads'];
export type ThreadDetailsResponse = RouteAnswers['GET /v1/threads/{thread_id}'];
export type DeleteThreadResponse = RouteAnswers['DELETE /v1/threads/{thread_id}'];
export type ThreadStateResponse = RouteAnswers['GET /v1/threads/{thread_id}/state'];
export type UpdateThreadStateResponse = RouteAnswers['PUT /v1/threads/{thread_id}/state'];
export type ClearThreadStateResponse = RouteAnswers['DELETE /v1/threads/{thread_id}/state'];
export type ThreadMessagesResponse = RouteAnswers['GET /v1/threads/{thread_id}/messages'];
export type AddThreadMessagesResponse = RouteAnswers['POST /v1/threads/{thread_id}/messages'];
export type ThreadMessageResponse = RouteAnswers['GET /v1/threads/{thread_id}/messages/{message_id}'];
export type DeleteThreadMessageResponse = RouteAnswers['DELETE /v1/threads/{thread_id}/messages/{message_id}'];
export type StoreMemoryResponse = RouteAnswers['POST /v1/store/memories'];
export type SearchMemoryResponse = RouteAnswers['POST /v1/store/search'];
export type GetMemoryResponse = RouteAnswers['POST /v1/store/memories/{memory_id}'];
export type UpdateMemoryResponse = RouteAnswers['PUT /v1/store/memories/{memory_id}'];
export type DeleteMemoryResponse = RouteAnswers['DELETE /v1/store/memories/{memory_id}'];
export type ListMemoriesResponse = RouteAnswers['POST /v1/store/memories/list'];
export type ForgetMemoriesResponse = RouteAnswers['POST /v1/store/memories/forget'];
export type FileUploadResponse = RouteAnswers['POST /v1/files/upload'];
export type FileInfoResponse = RouteAnswers['GET /v1/files/{file_id}/info'];
export type FileAccessUrlResponse = RouteAnswers['GET /v1/files/{file_id}/url'];
export type MultimodalConfigResponse = RouteAnswers['GET /v1/config/multimodal'];
