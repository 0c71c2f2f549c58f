import type { AuditEvent, AuditSink } from '../../audit-event.js';
import { UnavailableError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { AuditStore, CountedAuditEvent } from '../../stores/audit-store.js';

export interface AuditJournalOptions {
  readonly store: Pick<AuditStore, 'append'>;
  readonly log: Log;
  /** How long an event may wait for others to be written with. */
  readonly flushMilliseconds?: number;
  /** How many may wait while the database is away. What is more is in the log alone. */
  readonly maxWaiting?: number;
}

export interface AuditJournal extends AuditSink {
  /** Writes what is waiting, and lets go of the timer. */
  close(): Promise<void>;
}

/** As many as one statement takes without growing beyond what databases allow. */
const batchSize = 200;

/**
 * Writes every audit event as a row, behind the requests: many in one transaction, in order, none twice. A database that is
 * away is tried again with the next batch.
 */
export function createAuditJournal(options: AuditJournalOptions): AuditJournal {
  const { store, log, flushMilliseconds = 250, maxWaiting = 20_000 } = options;
  let waiting: CountedAuditEvent[] = [];
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      await appendFirst(waiting.slice(0, batchSize));
    }
    if (lost > 0) log.error({ lost }, 'audit events were not kept as rows: the database was away for too long');
    lost = 0;
  }

  const written = (count: number) => {
    waiting = waiting.slice(count);
  };

  /** Those that wait first. One event that the database will never take must not keep all others out. */
  async function appendFirst(batch: readonly CountedAuditEvent[]): Promise<void> {
    try {
      await store.append(countAlike(batch));
      written(batch.length);
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      for (const one of batch) {
        await store.append([one]).catch((cause: unknown) => {
          if (cause instanceof UnavailableError) throw cause;
          log.error({ error: cause, requestId: one.event.requestId }, 'an audit event cannot be kept as a row');
        });
        written(1);
      }
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll()
      .catch((error: unknown) => log.error({ error, waiting: waiting.length }, 'audit events could not be written yet'))
      .finally(() => {
        writing = undefined;
        if (waiting.length > 0) wake();
      });
    return writing;
  }

  function wake(): void {
    timer ??= setTimeout(() => void flush(), flushMilliseconds).unref();
  }

  return {
    write(event) {
      if (waiting.length >= maxWaiting) lost += 1;
      else waiting.push({ event, count: 1, refusalKey: refusalKeyOf(event) });
      wake();
    },
    async close() {
      await writing;
      await flush();
      clearTimeout(timer);
    },
  };
}

/**
 * Strangers that are answered alike from the same address within one minute: also those that leave before they are, and those for whom nothing
 * can be done, which both cost them nothing. What stands in quotes in a reason may be the stranger's own words, and must not make each of a
 * million a row.
 */
function refusalKeyOf(event: AuditEvent): string | null {
  const { principal, outcome, time, address, route, code, reason } = event;
  if (code === 'RATE_LIMIT_EXCEEDED') return limitedKey(event);
  if (event.event === 'use-refused') return refusedUseKey(event);
  if (event.event.startsWith('configuration-')) return null;
  if (principal !== null) return null;
  const kind = (reason ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '""').slice(0, 120);
  return [time.slice(0, 16), address, outcome, code === null ? route : code, kind].join(' ');
}

/** Whoever asks too often must not fill the trail with it, whether it is known who they are or not. */
function limitedKey({ time, address, principal, code, reason, event }: AuditEvent): string {
  return JSON.stringify([
    time.slice(0, 16),
    address,
    event,
    code,
    reason?.slice(0, 120),
    principal?.realm,
    principal?.tenant,
    principal?.subject,
  ]);
}

/** A model that goes on asking for what it may not use, in the same run. */
function refusedUseKey({ requestId, resource, resourceId, code, reason, policyId }: AuditEvent): string {
  return JSON.stringify([requestId, resource, resourceId, code, reason?.slice(0, 120), policyId]);
}

/** No statement may change one row twice, so those of one batch that are alike are counted before. */
function countAlike(batch: readonly CountedAuditEvent[]): CountedAuditEvent[] {
  const counted = new Map<string, CountedAuditEvent>();
  for (const [index, one] of batch.entries()) {
    const key = one.refusalKey ?? `#${index}`;
    const known = counted.get(key);
    counted.set(key, known === undefined ? one : { ...known, count: known.count + one.count });
  }
  return [...counted.values()];
}
