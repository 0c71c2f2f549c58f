import type { Handlers } from './call.js';
import { createDocumentationHandlers, type Documentation, type Page } from './documentation.js';
import { createExplainHandlers, explainInputs } from './explain-policy.js';
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
import type { RouteInputs } from './read-input.js';
import { runInputs } from './run.js';
import { createRunHandlers, runListInputs } from './runs.js';
import { createSocketHandlers, type TicketHandlerParts } from './sockets.js';
import { createStopHandlers } from './stop-run.js';
import type { RunStreamParts } from './stream-run.js';
import { createThreadHandlers, threadInputs } from './threads.js';

export type HandlerParts = RunStreamParts &
  FileParts &
  ProbeParts &
  TicketHandlerParts & { readonly documentation?: Documentation | undefined; readonly playground?: Page | undefined };

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
    ...createMeHandlers(),
    ...createSocketHandlers(parts),
    ...createExplainHandlers(parts),
    ...createDocumentationHandlers(parts),
    ...createPlaygroundHandlers(parts),
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
};
