import type { Handlers } from './call.js';
import { createGraphHandlers, type GraphHandlerParts } from './graph.js';
import { createMeHandlers } from './me.js';
import { createProbeHandlers, type ProbeParts } from './probes.js';
import { createThreadHandlers } from './threads.js';

export type HandlerParts = GraphHandlerParts & ProbeParts;

/** Every route's handler. */
export function createHandlers(parts: HandlerParts): Handlers {
  return {
    ...createProbeHandlers(parts),
    ...createGraphHandlers(parts),
    ...createThreadHandlers(parts),
    ...createMeHandlers(),
  };
}
