import { ConfigurationError, formatTime, type Log, toPrintable } from '@agentflow/core';
import type { Staleness } from './staleness.js';

/** What the operator is told of the files: each thing once, however often they are looked at. */
export interface ReloadReport {
  /** They do not stand still between two looks. */
  moved(): void;
  /** What they hold in this state cannot be loaded. */
  failed(state: string, error: unknown): void;
  /** What they hold is loaded: as a new policy, or because they hold again what was. */
  settled(isNew: boolean): void;
  /** Why nothing may be decided any more; undefined while the last good policy may. */
  refusal(): string | undefined;
  /** Says so in the log, should it be so. */
  tellRefusal(): void;
}

/** Who writes a file in pieces moves it a few times. */
const movesBeforeTold = 5;

const notYetKnown = 'they have changed, and are not loaded yet';
const moving = 'they keep changing';

export function createReloadReport(files: readonly string[], staleness: Staleness, log: Log): ReloadReport {
  let reason = notYetKnown;
  let told: string | undefined;
  let moves = 0;
  let isRefusalTold = false;

  const whoDecides = () => (staleness.isOver() ? 'every request is refused' : 'the last good one still decides');
  const forget = () => {
    reason = notYetKnown;
    told = undefined;
    moves = 0;
    isRefusalTold = false;
  };

  return {
    moved() {
      moves += 1;
      if (moves < movesBeforeTold) return;
      reason = moving;
      if (moves > movesBeforeTold) return;
      told = moving;
      log.warn({ files }, `the policy keeps changing, and is not loaded before it stands still: ${whoDecides()}`);
    },
    failed(state, error) {
      moves = 0;
      reason = reasonOf(error);
      const tidings = `${state} ${reason}`;
      if (told === tidings) return;
      told = tidings;
      const faults = error instanceof ConfigurationError ? { faults: error.message } : { error };
      log.error({ files, ...faults }, `the changed policy cannot be loaded: ${whoDecides()}`);
    },
    settled(isNew) {
      if (told !== undefined || isRefusalTold) log.info({ files }, 'the policy is mended, and decides from now on');
      else if (isNew) log.info({ files }, 'the changed policy decides from now on');
      forget();
    },
    refusal() {
      const since = staleness.since();
      if (since === undefined || !staleness.isOver()) return undefined;
      const text = `the policy files hold what is not loaded, since ${formatTime(since)}`;
      return `${text}, which is longer than "max_staleness" allows: ${reason}. Mend them: they are then loaded by themselves.`;
    },
    tellRefusal() {
      if (isRefusalTold || !staleness.isOver()) return;
      isRefusalTold = true;
      log.error({ files, reason }, 'the policy has been out of date for too long: every request is refused with 503');
    },
  };
}

/** In one line: it becomes a part of the reason for each refusal. */
function reasonOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : 'something that is not an Error was thrown').split(
    '\n',
  );
  return toPrintable(first);
}
