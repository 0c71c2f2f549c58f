import type { ConfiguredAuthorization } from '../../authorization-backend.js';
import type { Log } from '../../log.js';
import type { Stores } from '../../stores/stores.js';
import { createReadinessProbe } from './backend-readiness.js';
import type { Handlers } from './call.js';
import { data } from './outcome.js';

export interface ProbeParts {
  readonly stores: Pick<Stores, 'ping'>;
  readonly authorization: readonly ConfiguredAuthorization[];
  /** False from the moment that the server begins to end. */
  readonly isServing: () => boolean;
  readonly log: Log;
}

/** The public routes: a bare status, and nothing about the inside. */
export function createProbeHandlers(parts: ProbeParts): Pick<Handlers, 'ping' | 'health' | 'ready'> {
  const { stores, authorization, isServing, log } = parts;
  const canDecide = createReadinessProbe(authorization, log);
  const databaseAnswers = oneAtATime(() => answers(stores));
  return {
    ping: () => data('pong'),
    health: () => data({ status: 'ok' }),
    ready: async () => {
      const ready = isServing() && (await Promise.all([databaseAnswers(), canDecide()])).every((isFit) => isFit);
      return { kind: 'data', data: { status: ready ? 'ready' : 'unavailable' }, status: ready ? 200 : 503 };
    },
  };
}

/** Strangers may ask as often as they like: one question to the database is answered to all who ask meanwhile. */
function oneAtATime(ask: () => Promise<boolean>): () => Promise<boolean> {
  let asking: Promise<boolean> | undefined;
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
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
