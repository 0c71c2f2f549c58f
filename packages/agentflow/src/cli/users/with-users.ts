import { setTimeout as delay } from 'node:timers/promises';
import { createPasswordHasher, type LoginAuthOptions } from '@agentflow/authentication';
import {
  createUserAdministration,
  type Revocations,
  type Stores,
  silentLog,
  systemClock,
  toPrintable,
  type UserAdministration,
  UserFaultError,
  type UserStore,
} from '@agentflow/core';
import { createDiskVault } from '@agentflow/stores';
import { openDataDirectory } from '../../compose/data-directory.js';
import { openFilesDirectory } from '../../compose/kept-files.js';
import { heardMilliseconds } from '../../compose/login-parts.js';
import { userCompanions } from '../../compose/user-companions.js';
import { invalid, type LoadedConfiguration, loadConfiguration } from '../../configuration/load-configuration.js';
import { withPlaces } from '../../configuration/with-places.js';
import { type OpenedStores, withStores } from '../with-stores.js';

export interface OpenedUsers extends Pick<OpenedStores, 'record'> {
  readonly users: UserStore;
  readonly administration: UserAdministration;
  readonly configuration: LoadedConfiguration['configuration'];
}

/**
 * Opens the users of a configuration, beside whatever serves them.
 * @throws {InvalidConfigurationError} if it has none
 */
export async function withUsers<T>(config: string | undefined, work: (opened: OpenedUsers) => Promise<T>): Promise<T> {
  const loaded = await loadConfiguration(config, process.env);
  const options = loginOf(loaded);
  const { configuration, directory } = loaded;
  const filesDirectory = await withPlaces(loaded, async () => {
    const places = { directory, dataDirectory: openDataDirectory(directory), isTrial: false };
    return openFilesDirectory(configuration.files, places);
  });
  return withStores(loaded, ({ stores, record }) =>
    work({
      ...{ users: stores.users, administration: administrationOf(stores, { options, filesDirectory }) },
      ...{ configuration, record },
    }),
  );
}

function administrationOf(
  stores: Stores,
  { options, filesDirectory }: { readonly options: LoginAuthOptions; readonly filesDirectory: string },
): UserAdministration {
  const open = async () => stores;
  // Kept in the database alone: whoever serves looks there.
  const revocations: Pick<Revocations, 'revoke' | 'apply'> = {
    revoke: (taken) => stores.revocations.add(taken),
    apply: () => undefined,
  };
  return createUserAdministration({
    ...{ open, revocations, log: silentLog },
    vault: createDiskVault(filesDirectory, systemClock),
    hasher: createPasswordHasher(options.password),
    companions: userCompanions(open),
    heardEverywhere: () => delay(heardMilliseconds),
  });
}

/** What cannot be, in a whole sentence: a route names the field beside it, a terminal does not. */
export async function namingFaults<T>(username: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserFaultError)) throw error;
    const named = error.field === 'username' ? `username ${JSON.stringify(toPrintable(username))}` : error.field;
    throw new Error(`the ${named} ${error.message}`, { cause: error });
  }
}

function loginOf({ configuration, source }: LoadedConfiguration): LoginAuthOptions {
  const found = configuration.auth?.find((one) => one.method === 'login');
  if (found !== undefined) return found;
  const message = 'there are no users here: "auth" has no "login"';
  throw invalid(source, [
    { path: ['auth'], message, remedy: 'Set "auth": "login", or name another file with --config.' },
  ]);
}
