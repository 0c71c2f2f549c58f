import { formatTime, type Log, toPrintable } from '@agentflow/core';
import type { Staleness } from '../staleness.js';

/** What the operator is told of following a policy: each thing once, however often the database is asked. */
export interface FollowingReport {
  failed(error: unknown): void;
  settled(): void;
  /** Why nothing may be decided any more; undefined while the last policy that was read may. */
  refusal(): string | undefined;
}

export function createFollowingReport(staleness: Staleness, log: Log): FollowingReport {
  let reason = '';
  let told: string | undefined;
  let isRefusalTold = false;

  function tellRefusal(): void {
    if (isRefusalTold || !staleness.isOver()) return;
    isRefusalTold = true;
    log.error(
      { reason },
      'the policy in the database could not be read for too long: every request is refused with 503',
    );
  }

  return {
    failed(error) {
      reason = toPrintable((error instanceof Error ? error.message : 'unknown error').split('\n')[0] ?? '');
      tellRefusal();
      if (told === reason) return;
      told = reason;
      log.error({ error }, 'the policy in the database cannot be read: the last one that could be still decides');
    },
    settled() {
      if (told !== undefined) log.info({}, 'the policy in the database can be read again, and decides from now on');
      told = undefined;
      isRefusalTold = false;
    },
    refusal() {
      const since = staleness.since();
      if (since === undefined || !staleness.isOver()) return undefined;
      const text = `the policy in the database cannot be read, since ${formatTime(since)}`;
      return `${text}, which is longer than "max_staleness" allows: ${reason}`;
    },
  };
}
