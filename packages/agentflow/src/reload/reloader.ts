import { type Log, systemClock } from '@agentflow/core';
import type { Succession } from '@agentflow/host';
import { faultLines } from '../cli/print-faults.js';
import type { Snapshot } from '../compose/snapshot.js';
import { InvalidConfigurationError } from '../configuration/load-configuration.js';
import {
  type ConfigurationDigest,
  type ConfigurationMarks,
  digestOf,
  filesOf,
  secretFilesOf,
} from './configuration-digest.js';
import { type ConfigurationChange, writeConfigurationEvent } from './configuration-event.js';
import { type ReadAnewParts, readAnew } from './read-anew.js';
import { createRepeated } from './repeated.js';

export interface ReloaderParts extends ReadAnewParts {
  /** In force already. */
  readonly first: Snapshot;
  /** Of its files, from before they were read. */
  readonly firstMarks: ConfigurationMarks;
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
   * The same where only keys and secrets have changed: they are read anew by the configuration that is in force, also where its file has
   * changed meanwhile and nobody has said that it is to be taken over.
   */
  reloadSecrets(): Promise<void>;
  /** Of the files of keys and secrets: what they held when they were read, and what they hold now. */
  secretDigests(): { readonly inForce: ConfigurationDigest; readonly now: ConfigurationDigest };
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
  let marks = parts.firstMarks;
  const former = new Set<Snapshot>();
  /** Whether the file itself is to be taken over, and not only the secrets that it names. */
  let isWholeAsked = false;
  const tellStaying = createStayingNotice(log);
  const tell = (change: ConfigurationChange) => writeConfigurationEvent(change, { audit, clock: systemClock, log });
  tell({ event: 'configuration-loaded', from: null, to: started.digest });

  async function reloadOnce(): Promise<void> {
    const { snapshot: last, loaded, digest: from } = current;
    let tried = loaded;
    const isWhole = isWholeAsked;
    isWholeAsked = false;
    const readsFile = isWhole || digestOf([loaded.source.file]) === marks.file;
    const load = async () => {
      tried = readsFile ? await parts.load() : loaded;
      return tried;
    };
    const read = await readAnew({ ...parts, load, isWhole }).catch((error: unknown) => {
      refuse(error, { from, to: digestOf(filesOf(tried)) });
    });
    if (read === undefined) return;
    if (inFlight.isEnding) {
      await read.discard();
      return;
    }
    current = read;
    marks = read.marks;
    former.add(last);
    void retire(last, succession.succeed(read.snapshot));
    tellStaying(read.staying);
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

  const reading = createRepeated(reloadOnce, () => inFlight.isEnding);

  return {
    reload() {
      if (inFlight.isEnding) {
        log.info({}, 'SIGHUP is ignored: the server is ending');
        return Promise.resolve();
      }
      log.info({}, 'SIGHUP: reading the configuration anew');
      isWholeAsked = true;
      return reading.ask();
    },
    reloadSecrets() {
      if (inFlight.isEnding) return Promise.resolve();
      log.info({}, 'keys or secrets have changed: reading them anew');
      return reading.ask();
    },
    secretDigests: () => ({ inForce: marks.secrets, now: digestOf(secretFilesOf(current.loaded)) }),
    async close() {
      await reading.ended();
      const closed = await Promise.allSettled([...former, current.snapshot].map((snapshot) => snapshot.close()));
      for (const result of closed) if (result.status === 'rejected') throw result.reason;
    },
  };
}

/** Tells what stays as it was at start: once, and not each time that another secret changes. */
function createStayingNotice(log: Log): (staying: readonly string[]) => void {
  let told = '';
  return (staying) => {
    const names = staying.join(' and ');
    if (names !== told && names !== '') {
      log.warn({}, `a restart is needed for what has changed in ${names}: keys and secrets are taken over without it`);
    }
    told = names;
  };
}

/** For the audit trail: what is wrong, without the stack of whoever threw. */
function reasonOf(error: unknown): string {
  if (error instanceof InvalidConfigurationError) {
    return error.faults.map(({ message }) => message.split('\n', 1)[0]).join('; ');
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : 'something that is not an Error was thrown';
}
