import { ClientLeftError, RequestError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { NewRun, RunStore } from '../../stores/run-store.js';
import type { RunProgress } from './run.js';

interface RunRecordParts {
  readonly runs: RunStore;
  readonly log: Log;
}

interface Ending {
  readonly status: Exclude<Parameters<RunStore['end']>[1], 'running'>;
  readonly reason: string | null;
}

const unread: Ending = { status: 'stopped', reason: 'the client left before the end' };
const tooSlow: Ending = { status: 'stopped', reason: 'the client did not read fast enough' };
const failed: Ending = { status: 'error', reason: 'the run failed; the request id finds the reason in the log' };

/**
 * Keeps a row about a run from its start to its end, whichever exit it takes. What goes wrong with the row's end is logged
 * and nothing more: the run is over, and a row that nobody ends is told as failed once the thread is free.
 */
export async function* recordRun(
  { runs, log }: RunRecordParts,
  run: NewRun,
  hold: AbortSignal,
  tell: () => AsyncGenerator<RunProgress, void, undefined>,
): AsyncGenerator<RunProgress, void, undefined> {
  await runs.start(run);
  // Holds where nobody reads the run to its end.
  let ending: Ending = unread;
  try {
    for await (const progress of tell()) {
      if (progress.kind === 'finished') ending = endingOf(progress);
      yield progress;
    }
  } catch (error) {
    ending = hold.aborted ? endingBy(hold.reason) : failed;
    throw error;
  } finally {
    try {
      await runs.end(run.runId, ending.status, ending.reason);
    } catch (error) {
      log.error({ error, runId: run.runId }, 'the end of a run could not be written');
    }
  }
}

/** What has ended a run from without. */
function endingBy(reason: unknown): Ending {
  if (reason instanceof ClientLeftError) return unread;
  if (reason instanceof RequestError && reason.code === 'READER_TOO_SLOW') return tooSlow;
  // What the caller may read of it; why is in the audit trail.
  if (reason instanceof RequestError && reason.status < 500) {
    return { status: 'error', reason: `whoever ran it could not go on: ${reason.code}` };
  }
  return failed;
}

function endingOf({ status, state }: RunProgress & { kind: 'finished' }): Ending {
  if (status === 'stopped') return { status, reason: 'somebody asked for it to be stopped' };
  if (status === 'interrupted') return { status, reason: state.execution_meta.interrupt_reason };
  return { status, reason: null };
}
