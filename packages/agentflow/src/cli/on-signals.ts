import { isatty } from 'node:tty';
import type { Log } from '@agentflow/core';

/**
 * The first signal ends the server cleanly, with exit code 0; a second one does not wait. Returns what ends it like the first, and
 * does nothing where it ends already.
 */
export function endOnSignal(log: Log, end: () => Promise<void>): () => void {
  let isEnding = false;
  const begin = () => {
    if (isEnding) return;
    isEnding = true;
    log.info({}, 'ending: no new requests; those in flight may finish');
    end().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'the end was not clean');
        process.exit(1);
      },
    );
  };
  const onSignal = () => {
    if (isEnding) process.exit(1);
    begin();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return begin;
}

export interface HangUpActions {
  /** Reads the configuration anew. */
  readonly reload: () => Promise<void>;
  /** Ends the server cleanly. */
  readonly end: () => void;
}

/**
 * Whether a terminal that was there at the start has gone: its processes are told by the same signal. What is still written to it is
 * lost, and no error that would be written to it again.
 */
export function watchTerminal(): () => boolean {
  const wasThere = isatty(1);
  if (wasThere) for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return () => wasThere && !isatty(1);
}

/**
 * SIGHUP reads the configuration anew, as it does for nginx. One that comes during the start is heeded after it. Where a terminal
 * was closed it means what it always did: the end.
 */
export function reloadOnHangUp(): { begin(actions: HangUpActions): void } {
  const hasTerminalGone = watchTerminal();
  let actions: HangUpActions | undefined;
  let isWaiting = false;
  const onHangUp = () => {
    isWaiting = actions === undefined;
    if (hasTerminalGone()) {
      if (actions === undefined) process.exit(1);
      actions.end();
    } else {
      void actions?.reload();
    }
  };
  process.on('SIGHUP', onHangUp);
  return {
    begin(given) {
      actions = given;
      if (isWaiting) onHangUp();
    },
  };
}
