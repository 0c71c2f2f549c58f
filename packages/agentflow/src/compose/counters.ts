import {
  type Counters,
  createKeyDigest,
  createKnownCredentials,
  createMemoryCounters,
  createStandbyCounters,
  type KeyDigest,
  type KnownCredentials,
  type Log,
  type Signals,
  stricterPolicy,
  systemClock,
} from '@agentflow/core';
import { openRedisCounters } from '@agentflow/stores';
import type { LazyStores } from './lazy-stores.js';
import { type ChosenRedis, describeRedis } from './redis.js';

/** With what limits are counted, for as long as the process lives, whatever configuration says by which. */
export interface Counting {
  readonly counters: Counters;
  readonly digest: KeyDigest;
  /** Whoever was known here before a reload is no stranger after it, at an address where somebody guesses. */
  readonly known: KnownCredentials;
}

export interface LazyCounting {
  /** Opens it where nobody has before. */
  open(): Promise<Counting>;
  close(): Promise<void>;
}

export interface CountingOptions {
  /** Absent: in memory. */
  readonly redis: ChosenRedis | undefined;
  /** While Redis is away, each process counts by all of the numbers. */
  readonly failOpen: boolean;
  readonly lazyStores: LazyStores;
  readonly log: Log;
  readonly signals: Signals;
}

/** Of what the server has in its database, so that all who count together have the same names for what they count. */
const purpose = 'names of counted credentials';

export function createLazyCounting(options: CountingOptions): LazyCounting {
  let opening: Promise<Counting & { close(): void }> | undefined;
  return {
    open() {
      opening ??= openCounting(options);
      return opening;
    },
    async close() {
      const opened = await opening?.catch(() => undefined);
      opened?.close();
    },
  };
}

async function openCounting({ redis, failOpen, lazyStores, log, signals }: CountingOptions) {
  const stores = await lazyStores.open();
  const digest = createKeyDigest(await stores.serverKeys.obtain(purpose));
  const known = createKnownCredentials();
  const local = createMemoryCounters({ clock: systemClock });
  if (redis === undefined) return { counters: local, digest, known, close: () => undefined };
  const shared = await openRedisCounters(redis);
  const alone = failOpen ? (policy: Parameters<typeof stricterPolicy>[0]) => policy : stricterPolicy;
  const counters = createStandbyCounters({
    ...{ shared, local, alone, log, signals },
    what: describeRedis(redis),
    aloneBy: failOpen ? 'all of the numbers' : 'half of the numbers',
    deadlineMilliseconds: redis.deadlineMilliseconds,
  });
  await counters.start();
  return {
    ...{ counters, digest, known },
    close() {
      counters.close();
      shared.close();
    },
  };
}
