import { relative } from 'node:path';
import { type AuditTrail, silentLog, systemClock } from '@agentflow/core';
import { dataDirectoryOf } from '../../compose/data-directory.js';
import { chooseDatabase, describeDatabase, readDatabase } from '../../compose/database.js';
import type { LoadedConfiguration } from '../../configuration/load-configuration.js';
import { withPlaces } from '../../configuration/with-places.js';
import { readLogTrail } from './log-trail.js';

/** Which of what was recorded. */
export interface RecordedOptions {
  /** A log; undefined: the database of the configuration. */
  readonly recorded?: string | undefined;
  /** Of how many last days, as a number in letters. */
  readonly days?: string | undefined;
}

/** What servers of a configuration have recorded. */
export interface Recorded extends AuditTrail {
  /** `recorded in the last 7 days (server.log)` */
  readonly label: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const usualDays = '7';

/** @throws {Error} if `--days` is no number of days */
export function readDays({ days = usualDays }: RecordedOptions): number {
  if (/^[1-9]\d{0,3}$/.test(days)) return Number(days);
  throw new Error(`--days takes a number from 1 to 9999, not "${days}"`);
}

/**
 * Opens the log that is named, or the database of the configuration; neither changes, and none is made.
 * @throws {InvalidConfigurationError} if the database is not there, or cannot be read
 */
export async function openRecorded(loaded: LoadedConfiguration, options: RecordedOptions): Promise<Recorded> {
  const days = readDays(options);
  const since = systemClock.now() - days * 86_400_000;
  const labelOf = (place: string) => `recorded in the last ${days === 1 ? 'day' : `${days} days`} (${place})`;
  if (options.recorded !== undefined) {
    return { ...readLogTrail(options.recorded), since, label: labelOf(options.recorded) };
  }
  return withPlaces(loaded, async () => {
    const database = chooseDatabase(loaded, dataDirectoryOf(loaded.directory), silentLog);
    const { place } = describeDatabase(database);
    const here = database.kind === 'sqlite' ? relative(process.cwd(), place) || place : place;
    const stores = await readDatabase(database);
    return {
      decisions: (asked) => stores.audit.decisions(asked),
      close: () => stores.close(),
      ...{ since, label: labelOf(here) },
    };
  });
}
