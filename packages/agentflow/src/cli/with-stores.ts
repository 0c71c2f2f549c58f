import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import {
  type AuditEvent,
  type ChangeEvent,
  formatTime,
  type Stores,
  silentLog,
  systemClock,
  toPrintable,
} from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import { openDataDirectory } from '../compose/data-directory.js';
import { type ChosenDatabase, chooseDatabase, openDatabase } from '../compose/database.js';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { withPlaces } from '../configuration/with-places.js';
import { exitCodes } from './print-faults.js';

export interface OpenedStores {
  readonly stores: Stores;
  readonly database: ChosenDatabase;
  /**
   * A change that was made here stands in the same trail as those that are asked of a server. Never rejects: what was done is done, and
   * where it cannot be recorded, that is told and the command fails.
   */
  readonly record: (event: ChangeEvent, detail: JsonObject) => Promise<void>;
}

/**
 * What a configuration has in its database, for a command beside whatever serves it.
 * @throws {InvalidConfigurationError} if the database cannot be used
 */
export async function withStores<T>(
  loaded: LoadedConfiguration,
  work: (opened: OpenedStores) => Promise<T>,
): Promise<T> {
  const { stores, database } = await withPlaces(loaded, async () => {
    const chosen = chooseDatabase(loaded, openDataDirectory(loaded.directory), silentLog);
    return { stores: await openDatabase(chosen, systemClock), database: chosen };
  });
  const record = async (event: ChangeEvent, detail: JsonObject) =>
    stores.audit.append([{ event: madeHere(event, detail), count: 1, refusalKey: null }]).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      process.stderr.write(
        `agentflow: that was done, and could not be written to the audit trail: ${toPrintable(why)}\n`,
      );
      process.exitCode = exitCodes.failure;
    });
  try {
    return await work({ stores, database, record });
  } finally {
    await stores.close();
  }
}

/** No request's: its method, path and address are `(none)`. Who it was is known as far as the machine knows them. */
function madeHere(event: ChangeEvent, detail: JsonObject): AuditEvent {
  return {
    ...{ time: formatTime(systemClock.now()), requestId: randomUUID(), event, route: null },
    ...{ method: '(none)', path: '(none)', address: '(none)' },
    ...{ principal: null, actors: [], authenticatedBy: 'command-line' },
    ...{ resource: null, action: null, resourceId: null, outcome: 'allowed', status: 0, code: null },
    ...{ reason: null, policyId: null, durationMilliseconds: 0, detail: { ...detail, by: whoIsHere() } },
  };
}

/** A container may have no name for its user. */
function whoIsHere(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
