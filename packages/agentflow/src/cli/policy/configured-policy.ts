import { resolve } from 'node:path';
import type { CasbinAuthorizationOptions } from '@agentflow/authorization';
import { type InspectedPolicy, inspectPolicy, inspectStored, isInDatabase } from '@agentflow/authorization/inspection';
import { type StoredPolicy, silentLog } from '@agentflow/core';
import { dataDirectoryOf } from '../../compose/data-directory.js';
import { chooseDatabase, readDatabase } from '../../compose/database.js';
import { invalid, type LoadedConfiguration, loadConfiguration } from '../../configuration/load-configuration.js';
import { withPlaces } from '../../configuration/with-places.js';

export interface PolicyOptions {
  readonly config?: string | undefined;
  /** As the configuration has it, where it has several. */
  readonly policy?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What a configuration says of its Casbin policy. */
export interface ChosenPolicy {
  readonly loaded: LoadedConfiguration;
  readonly options: CasbinAuthorizationOptions;
  /** Where the options stand in the file. */
  readonly path: readonly (string | number)[];
  /** What else must allow a request, by the name of its method. */
  readonly others: readonly string[];
}

/** The Casbin policy of a configuration. */
export interface ConfiguredPolicy extends Omit<ChosenPolicy, 'path'> {
  readonly inspected: InspectedPolicy;
  /** Where the rules are, absolute. */
  readonly file: string;
}

/** @throws {InvalidConfigurationError} if the configuration has no Casbin policy, several, or a faulty one */
export async function loadConfiguredPolicy(wanted: PolicyOptions): Promise<ConfiguredPolicy> {
  const { path, ...chosen } = await choosePolicy(wanted);
  const { loaded, options } = chosen;
  const { directory } = loaded;
  const inspected = await withPlaces(loaded, async () =>
    isInDatabase(options)
      ? inspectStored(await readStoredPolicy(loaded), options, { directory, path })
      : inspectPolicy(options, { directory, path }),
  );
  return { ...chosen, inspected, file: resolve(directory, options.policy) };
}

/** Reads it, and makes nothing. */
async function readStoredPolicy(loaded: LoadedConfiguration): Promise<StoredPolicy> {
  const stores = await readDatabase(chooseDatabase(loaded, dataDirectoryOf(loaded.directory), silentLog));
  try {
    return await stores.policies.read();
  } finally {
    await stores.close();
  }
}

/** @throws {InvalidConfigurationError} if the configuration has no Casbin policy, or several */
export async function choosePolicy({ config, policy }: Omit<PolicyOptions, 'json'>): Promise<ChosenPolicy> {
  const policies = await findPolicies(config);
  const wanted = policy === undefined ? policies : policies.filter(({ options }) => options.policy === policy);
  const [only, second] = wanted;
  if (only !== undefined && second === undefined) return only;
  const [{ loaded }] = policies;
  const files = policies.map(({ options }) => options.policy);
  throw invalid(loaded.source, [{ path: ['authorization'], ...whichFault(files, policy) }]);
}

/**
 * All that a configuration has, in its order.
 * @throws {InvalidConfigurationError} if there is none
 */
export async function findPolicies(config: string | undefined): Promise<readonly [ChosenPolicy, ...ChosenPolicy[]]> {
  const loaded = await loadConfiguration(config, process.env);
  const backends = loaded.configuration.authorization ?? [];
  const isList = loaded.source.isList('authorization');
  const policies = backends.flatMap((options, index): ChosenPolicy[] => {
    if (options.method !== 'casbin') return [];
    const others = backends.filter((other) => other !== options).map(({ method }) => method);
    return [{ loaded, options, path: isList ? ['authorization', index] : ['authorization'], others }];
  });
  const [first, ...more] = policies;
  if (first !== undefined) return [first, ...more];
  const message = 'there is no Casbin policy here: "authorization" names another method, or none';
  const remedy =
    'Set "authorization": {"method": "casbin", "policy": "policy.csv"}, or name another file with --config.';
  throw invalid(loaded.source, [{ path: ['authorization'], message, remedy }]);
}

function whichFault(files: readonly string[], wanted: string | undefined) {
  const remedy = `Name one with --policy: ${files.join(', ')}.`;
  if (wanted === undefined) return { message: 'there are several Casbin policies', remedy };
  return { message: `there is no Casbin policy "${wanted}"`, remedy };
}
