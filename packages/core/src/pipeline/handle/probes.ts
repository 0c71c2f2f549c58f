import type { Stores } from '../../stores/stores.js';
import type { Handlers } from './call.js';
import { data } from './outcome.js';

export interface ProbeParts {
  readonly stores: Pick<Stores, 'ping'>;
  /** False from the moment that the server begins to end. */
  readonly isServing: () => boolean;
}

/** The public routes: a bare status, and nothing about the inside. */
export function createProbeHandlers({ stores, isServing }: ProbeParts): Pick<Handlers, 'ping' | 'health' | 'ready'> {
  return {
    ping: () => data('pong'),
    health: () => data({ status: 'ok' }),
    ready: async () => {
      const ready = isServing() && (await answers(stores));
      return { kind: 'data', data: { status: ready ? 'ready' : 'unavailable' }, status: ready ? 200 : 503 };
    },
  };
}

async function answers(stores: Pick<Stores, 'ping'>): Promise<boolean> {
  try {
    await stores.ping();
    return true;
  } catch {
    return false;
  }
}
