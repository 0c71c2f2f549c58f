import { systemClock } from '@agentflow/core';
import type { Succession } from '@agentflow/host';
import { faultLines } from '../cli/print-faults.js';
import type { Snapshot } from '../compose/snapshot.js';
import { InvalidConfigurationError } from '../configuration/load-configuration.js';
import { type ConfigurationDigest, digestOf, filesOf } from './configuration-digest.js';
import { type ConfigurationChange, writeConfigurationEvent } from './configuration-event.js';
import { type ReadAnewParts, readAnew } from './read-anew.js';

export interface ReloaderParts extends ReadAnewParts {
  /** In force already. */
  readonly first: Snapshot;
  readonly succession: Succession;
  /** Tells the operator what is in force now. */
  readonly announce: (snapshot: Snapshot, change: Change) => void;
}

interface Digests {
  readonly from: ConfigurationDigest;
  readonly to: ConfigurationDigest;
}

export interface Change extends Digests {
  /** Modules of plugins that could not be evaluated anew, and have not changed. */
  readonly sameCode: readonly string[];
}

/** Puts a changed configuration in force while the process serves: all of it, or nothing. */
export interface Reloader {
  /** Reads the configuration. While it is being read already, it is read once more afterwards, however often this is called. */
  reload(): Promise<void>;
  /**
   * For the end of the process, when no request is left: reads no more, and closes what is in force and what still waits for
   * its last request. Rejects where a backend could not be closed.
   */
  close(): Promise<void>;
}

export function createReloader(parts: ReloaderParts): Reloader {
  const { foundation, started, succession } = parts;
  const { log, audit, inFlight } = foundation;
  let current = { snapshot: parts.first, loaded: started.loaded, digest: started.digest };
  const former = new Set<Snapshot>();
  let reading: Promise<void> | undefined;
  let isAskedAgain = false;
  const tell = (change: ConfigurationChange) => writeConfigurationEvent(change, { audit, clock: systemClock, log });
  tell({ event: 'configuration-loaded', from: null, to: started.digest });

  async function reloadOnce(): Promise<void> {
    const { snapshot: last, loaded, digest: from } = current;
    let tried = loaded;
    const load = async () => {
      tried = await parts.load();
      return tried;
    };
    const read = await readAnew({ ...parts, load }).catch((error: unknown) => {
      refuse(error, { from, to: digestOf(filesOf(tried)) });
    });
    if (read === undefined) return;
    if (inFlight.isEnding) {
      await read.discard();
      return;
    }
    current = read;
    former.add(last);
    void retire(last, succession.succeed(read.snapshot));
    parts.announce(read.snapshot, { from, to: read.digest, sameCode: read.sameCode });
    tell({ event: 'configuration-changed', from, to: read.digest });
  }

  function refuse(error: unknown, { from, to }: Digests): void {
    const isFaulty = error instanceof InvalidConfigurationError;
    const told = isFaulty ? faultLines(error).join('\n') : error;
    log.error({ error: told, from, to }, 'the changed configuration cannot be used: the one in force stays');
    tell({ event: 'configuration-refused', from, to, reason: reasonOf(error) });
  }

  /** Whoever began on a snapshot may ask its backends until they have ended. */
  async function retire(snapshot: Snapshot, lastRequest: Promise<void>): Promise<void> {
    await lastRequest;
    await snapshot
      .close()
      .catch((error: unknown) => log.error({ error }, 'a backend of the former configuration could not be closed'));
    former.delete(snapshot);
  }

  async function readUntilAnswered(): Promise<void> {
    do {
      isAskedAgain = false;
      await reloadOnce();
    } while (isAskedAgain && !inFlight.isEnding);
  }

  return {
    reload() {
      if (inFlight.isEnding) {
        log.info({}, 'SIGHUP is ignored: the server is ending');
        return Promise.resolve();
      }
      log.info({}, 'SIGHUP: reading the configuration anew');
      isAskedAgain = reading !== undefined;
      reading ??= readUntilAnswered().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    async close() {
      await reading;
      const closed = await Promise.allSettled([...former, current.snapshot].map((snapshot) => snapshot.close()));
      for (const result of closed) if (result.status === 'rejected') throw result.reason;
    },
  };
}

/** For the audit trail: what is wrong, without the stack of whoever threw. */
function reasonOf(error: unknown): string {
  if (error instanceof InvalidConfigurationError) {
    return error.faults.map(({ message }) => message.split('\n', 1)[0]).join('; ');
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error was thrown';
}
