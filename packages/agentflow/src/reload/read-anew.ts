import { ConfigurationError } from '@agentflow/core';
import type { Foundation } from '../compose/foundation.js';
import type { ProcessVariables } from '../compose/process-variables.js';
import { createSnapshot, makeChoices, type Snapshot } from '../compose/snapshot.js';
import { invalid, type LoadedConfiguration } from '../configuration/load-configuration.js';
import { withPlaces } from '../configuration/with-places.js';
import {
  type ConfigurationDigest,
  type ConfigurationMarks,
  digestOf,
  filesOf,
  marksOf,
} from './configuration-digest.js';
import { findRestartNeeds, type Started } from './needs-restart.js';

export interface ReadAnewParts {
  readonly started: Started;
  readonly foundation: Foundation;
  readonly variables: ProcessVariables;
  /** @throws {InvalidConfigurationError} */
  readonly load: () => Promise<LoadedConfiguration>;
}

interface Asked extends ReadAnewParts {
  /** Whether somebody has said that all of it is to be taken over, and not only keys and secrets. */
  readonly isWhole: boolean;
}

/** A configuration that is ready to be put in force. */
export interface ReadConfiguration {
  readonly loaded: LoadedConfiguration;
  readonly snapshot: Snapshot;
  readonly digest: ConfigurationDigest;
  /** Of its files, from before the last of them was read: what changes after that is a change. */
  readonly marks: ConfigurationMarks;
  /** Modules of plugins that could not be evaluated anew, and have not changed. */
  readonly sameCode: readonly string[];
  /** What has changed and stays as it was at start, for people. */
  readonly staying: readonly string[];
  /** It will not be: closes its backends, and takes back what user code was shown of it. */
  discard(): Promise<void>;
}

/** Whoever is served meanwhile is served as before; but the operator waits for an answer. */
const makingDeadlineMilliseconds = 15_000;

/** A configuration that changes while it is read is read once more. */
const attempts = 3;

/**
 * Reads the configuration and makes its backends anew. What is left behind where it is refused is nothing.
 * @throws {InvalidConfigurationError} with the faults that a start would have, and those that a restart is needed for
 */
export async function readAnew(parts: Asked): Promise<ReadConfiguration> {
  const { source, environmentFile } = parts.started.loaded;
  const known = [source.file, ...(environmentFile === undefined ? [] : [environmentFile])];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const before = digestOf(known);
    const loaded = await parts.load();
    const files = filesOf(loaded);
    const digest = digestOf(files);
    const marks = marksOf(loaded);
    const read = await withPlaces(loaded, () => make(loaded, { files, digest, marks }, parts));
    // Changed while it was read: it may be half of the one and half of the other.
    if (digestOf(known) === before && digestOf(files) === digest) return read;
    await read.discard();
  }
  const message = 'the files of the configuration changed each time that they were read';
  throw invalid(source, [{ path: [], message, remedy: 'Send SIGHUP once they stand still.' }]);
}

async function make(
  loaded: LoadedConfiguration,
  { files, ...read }: Pick<ReadConfiguration, 'digest' | 'marks'> & { readonly files: readonly string[] },
  { started, foundation, variables, isWhole }: Asked,
): Promise<ReadConfiguration> {
  const { faults, staying } = findRestartNeeds(loaded, started, isWhole);
  if (faults.length > 0) throw new ConfigurationError(faults);
  const takeBack = variables.show(loaded.environment);
  const { code } = foundation.loader;
  code.forget();
  try {
    const options = { deadlineMilliseconds: makingDeadlineMilliseconds };
    const snapshot = await createSnapshot(await makeChoices(loaded, foundation, options), foundation);
    return {
      ...{ ...read, loaded, snapshot, staying },
      sameCode: files.filter((file) => code.fixed().includes(file)),
      async discard() {
        takeBack();
        await snapshot.close().catch((error: unknown) => foundation.log.error({ error }, 'a backend was not closed'));
      },
    };
  } catch (error) {
    takeBack();
    throw error;
  }
}
