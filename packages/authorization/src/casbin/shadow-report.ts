import { ConfigurationError, type Log, toPrintable } from '@agentflow/core';
import type { ReloadReport } from './reload-report.js';
import type { Staleness } from './staleness.js';

/** What the operator is told of the files of a candidate that is only asked: no request depends on them. */
export function createShadowReport(files: readonly string[], staleness: Staleness, log: Log): ReloadReport {
  let told: string | undefined;
  return {
    moved: () => undefined,
    failed(state, error) {
      const reason = error instanceof Error ? error.message : 'something that is not an Error was thrown';
      if (told === `${state} ${reason}`) return;
      told = `${state} ${reason}`;
      const faults = error instanceof ConfigurationError ? { faults: reason } : { error };
      log.warn({ files, ...faults }, `the changed candidate cannot be loaded: ${toPrintable(reason)}`);
    },
    settled(isNew) {
      if (isNew) log.info({ files }, 'the changed candidate is asked from now on');
      told = undefined;
    },
    refusal: () =>
      staleness.isOver() ? 'the files of the candidate have held for too long what cannot be loaded' : undefined,
    tellRefusal: () => undefined,
  };
}
