import { relative, resolve } from 'node:path';
import { exportPolicy, importPolicy, isInDatabase } from '@agentflow/authorization/inspection';
import { ConfigurationError } from '@agentflow/core';
import { describeDatabase } from '../../compose/database.js';
import { faultsInFile } from '../../configuration/faults-in-file.js';
import { invalid } from '../../configuration/load-configuration.js';
import { withStores } from '../with-stores.js';
import { type ChosenPolicy, findPolicies, type PolicyOptions } from './configured-policy.js';
import { print } from './print.js';

type TransferOptions = Pick<PolicyOptions, 'config'>;

/** Makes the policy in the database what a file says. Servers that run follow within `reload_interval`, while the database answers. */
export async function importFile(file: string, wanted: TransferOptions): Promise<void> {
  const chosen = await chooseStoredPolicy(wanted);
  const { loaded, options, path } = chosen;
  const place = { directory: loaded.directory, path, guarded: new Set(loaded.configuration.guard) };
  // Paths of the command line start here, those of the configuration where it lies.
  const found = relative(loaded.directory, resolve(file));
  const { change, where } = await withStores(loaded, async ({ stores, database, record }) => {
    const change = await importPolicy(stores.policies, { file: found, place, options }).catch((error: unknown) => {
      if (!(error instanceof ConfigurationError)) throw error;
      // Of the model.
      if (error.faults.some(({ path: key }) => key.length > 0)) throw invalid(loaded.source, error.faults);
      throw faultsInFile({ name: found, directory: loaded.directory, what: 'the rules' }, error.faults);
    });
    const { revision, added, removed } = change;
    const isChanged = added.length + removed.length > 0;
    // Which lines those are, the database has by the revision.
    if (isChanged) await record('policy-changed', { revision, added: added.length, removed: removed.length });
    return { change, where: describeDatabase(database).place };
  });
  const [added, removed] = [change.added.length, change.removed.length];
  const what = added + removed === 0 ? 'nothing to change' : `${added} added, ${removed} removed`;
  print([`revision ${change.revision} of the policy in ${where}: ${what}`]);
}

/** Writes the policy in the database as a file. */
export async function exportFile(wanted: TransferOptions): Promise<void> {
  const { loaded } = await chooseStoredPolicy(wanted);
  process.stdout.write(await withStores(loaded, ({ stores }) => exportPolicy(stores.policies)));
}

/**
 * There is only one database, so beside policies in files it need not be named.
 * @throws {InvalidConfigurationError} if no policy of the configuration is kept in the database, or several
 */
async function chooseStoredPolicy({ config }: TransferOptions): Promise<ChosenPolicy> {
  const policies = await findPolicies(config);
  const [stored, second] = policies.filter(({ options }) => isInDatabase(options));
  if (second !== undefined) {
    const message = 'there is a policy in the database already, and a database has one';
    throw invalid(second.loaded.source, [{ path: second.path, message, remedy: 'Keep one of them.' }]);
  }
  if (stored !== undefined) return stored;
  const [{ loaded, path }] = policies;
  const files = policies.map(({ options }) => options.policy).join(', ');
  const message =
    policies.length === 1
      ? `the policy of the configuration is in a file: ${files}`
      : `the policies of the configuration are in files: ${files}`;
  throw invalid(loaded.source, [
    { path: [...path, 'policy'], message, remedy: 'Change the file, or set "policy": "database".' },
  ]);
}
