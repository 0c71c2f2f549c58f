import type { JsonObject } from '@agentflow/protocol';
import type { ApiKeyIssuer } from '../../identity/api-key-issuer.js';
import { apiKeyInputs, createApiKeyHandlers } from './api-keys.js';
import type { Handlers } from './call.js';
import { createDocumentationHandlers, type Documentation, type Page } from './documentation.js';
import { createExplainHandlers, explainInputs } from './explain-policy.js';
import { createExportHandlers, type ExportParts } from './export-user.js';
import type { FileParts } from './file-parts.js';
import { createFileHandlers } from './files.js';
import { createFixHandlers } from './fix-thread.js';
import { createGrantHandlers, grantInputs } from './grants.js';
import { createGraphHandlers } from './graph.js';
import { createGraphToolHandlers, graphToolInputs } from './graph-tools.js';
import { createThreadListHandlers, threadListInputs } from './list-threads.js';
import { createMeHandlers } from './me.js';
import { createMemoryHandlers, memoryInputs } from './memories.js';
import { createObservabilityHandlers, observabilityInputs } from './observability.js';
import { createPlaygroundHandlers } from './playground.js';
import { createPolicyHandlers, policyInputs } from './policies.js';
import { createProbeHandlers, type ProbeParts } from './probes.js';
import { createProtectedResourceHandlers } from './protected-resource.js';
import { createProviderSignInHandlers, providerSignInInputs } from './provider-sign-in.js';
import type { RouteInputs } from './read-input.js';
import { runInputs } from './run.js';
import { createRunHandlers, runListInputs } from './runs.js';
import { createSessionHandlers, type SessionParts, sessionInputs } from './sessions.js';
import { createSignInHandlers, signInInputs } from './sign-in.js';
import { createSocketHandlers, type TicketHandlerParts } from './sockets.js';
import { createStopHandlers } from './stop-run.js';
import type { RunStreamParts } from './stream-run.js';
import { createTenantSessionHandlers, tenantSessionInputs } from './tenant-sessions.js';
import { createThreadHandlers, threadInputs } from './threads.js';
import { createUserHandlers, userInputs } from './users.js';
import { createWebhookHandlers, type WebhookParts } from './webhooks.js';

export type HandlerParts = RunStreamParts &
  FileParts &
  ProbeParts &
  SessionParts &
  ExportParts &
  WebhookParts &
  TicketHandlerParts & {
    readonly apiKeys?: ApiKeyIssuer | undefined;
    readonly documentation?: Documentation | undefined;
    readonly playground?: Page | undefined;
    readonly protectedResource?: JsonObject | undefined;
  };

/** Every route's handler. */
export function createHandlers(parts: HandlerParts): Handlers {
  return {
    ...createProbeHandlers(parts),
    ...createGraphHandlers(parts),
    ...createGraphToolHandlers(parts),
    ...createStopHandlers(parts),
    ...createFixHandlers(parts),
    ...createThreadHandlers(parts),
    ...createThreadListHandlers(parts),
    ...createGrantHandlers(parts),
    ...createRunHandlers(parts),
    ...createMemoryHandlers(parts),
    ...createFileHandlers(parts),
    ...createObservabilityHandlers(parts),
    ...createPolicyHandlers(parts),
    ...createMeHandlers(parts),
    ...createSignInHandlers(parts),
    ...createSessionHandlers(parts),
    ...createUserHandlers(parts),
    ...createTenantSessionHandlers(parts),
    ...createExportHandlers(parts),
    ...createApiKeyHandlers(parts),
    ...createSocketHandlers(parts),
    ...createWebhookHandlers(parts),
    ...createProviderSignInHandlers(parts),
    ...createExplainHandlers(parts),
    ...createDocumentationHandlers(parts),
    ...createPlaygroundHandlers(parts),
    ...createProtectedResourceHandlers(parts),
  };
}

/** What every route reads, for the documentation. */
export const routeInputs: RouteInputs = {
  ...runInputs,
  ...graphToolInputs,
  ...runListInputs,
  ...threadInputs,
  ...threadListInputs,
  ...grantInputs,
  ...memoryInputs,
  ...observabilityInputs,
  ...policyInputs,
  ...explainInputs,
  ...providerSignInInputs,
  ...signInInputs,
  ...sessionInputs,
  ...userInputs,
  ...tenantSessionInputs,
  ...apiKeyInputs,
};
