import type { LivePolicy, PolicyStore, ServingSurroundings, StoredPolicy, StoredPolicyLine } from '@agentflow/core';
import {
  buildPolicy,
  changePolicy,
  compactPolicy,
  type Policy,
  PolicyError,
  type PolicyFault,
  type PolicyLine,
} from '@agentflow/policy';
import type { ChangingPolicy } from '../casbin-authorization.js';
import { createLineCheck } from '../check-line.js';
import type { InspectedPolicy } from '../inspection/inspected-policy.js';
import { loadModel, told, tooManyRules } from '../load-policy.js';
import type { CasbinAuthorizationOptions } from '../options.js';
import { createPolicyInFile, type PolicyInFile } from '../policy-in-file.js';
import { createFollowing } from './following.js';
import { createPolicyChanges } from './policy-changes.js';
import { refuseEmpty, seedPolicy } from './seed.js';
import { createStoredLines, type StoredLines } from './stored-lines.js';

export type DatabaseSurroundings = Pick<
  ServingSurroundings,
  'directory' | 'path' | 'guarded' | 'clock' | 'log' | 'openStores' | 'isTrial' | 'announce'
>;

/** As places have it: `database:17` is the line with the id 17. */
const name = 'database';

/** @throws {ConfigurationError} if the model, the seed or what is in the database is not good */
export async function openPolicyInDatabase(
  options: CasbinAuthorizationOptions,
  surroundings: DatabaseSurroundings,
): Promise<ChangingPolicy> {
  const { path, directory, guarded, clock, log } = surroundings;
  const model = await loadModel(options, surroundings);
  const lines = createStoredLines(model, createLineCheck(model, guarded));
  const { policies: store, changes: feed } = await surroundings.openStores();
  await seedPolicy(store, lines, { ...options, seed: options.seed, path, directory, guarded, model });
  const build = async (stored: StoredPolicy) =>
    decide(await buildPolicy(model, readLines(stored, lines, options.max_rules)));
  const following = await told({ name, key: [...path, 'policy'] }, () =>
    createFollowing<PolicyInFile>({
      ...{ store, feed, clock, log },
      build,
      apply: ({ policy }, { removed, added }) => {
        const read = (line: StoredPolicyLine) => requireGood(lines.read(line));
        return decide(changePolicy(policy, { remove: removed.map(read), add: added.map(read) }));
      },
      compact: ({ policy }) => (policy.isFragmented ? compactPolicy(policy).then(decide) : undefined),
      intervalMilliseconds: options.reload_interval * 1000,
      maxStalenessMilliseconds: options.max_staleness * 1000,
    }),
  );
  if (following.current().value.policy.size === 0) {
    if (!surroundings.isTrial) refuseEmpty(path);
    surroundings.announce('The rules in the database are not looked at here: the server reads them when it starts.');
  }
  const live: LivePolicy = {
    get revision() {
      return following.current().revision;
    },
    ...createPolicyChanges({ store, following, lines, maxRules: options.max_rules }),
    find: (id) => store.find(id),
    list: (page) => store.list(page),
  };
  return {
    ...{ live, inspect: () => inspectStored(store, build) },
    current: () => following.current().value,
    ready: () => following.ready(),
    close: () => following.close(),
  };
}

/** As it is in the database now: what decides keeps no line of a link. */
async function inspectStored(
  store: Pick<PolicyStore, 'read'>,
  build: (stored: StoredPolicy) => Promise<PolicyInFile>,
): Promise<InspectedPolicy> {
  const { inspectLoaded } = await import('../inspection/inspected-policy.js');
  const { linesOfDatabase } = await import('../inspection/written-lines.js');
  const stored = await store.read();
  return inspectLoaded(await build(stored), linesOfDatabase(stored.lines));
}

function decide(policy: Policy): PolicyInFile {
  return createPolicyInFile(policy, name);
}

function* readLines(stored: StoredPolicy, lines: StoredLines, most: number): Generator<PolicyLine | PolicyFault> {
  for (const line of stored.lines) yield lines.read(line);
  if (stored.lines.length > most) yield tooManyRules(stored.lines.length, most);
}

/** @throws {PolicyError} */
function requireGood(read: PolicyLine | PolicyFault): PolicyLine {
  if ('message' in read) throw new PolicyError([read]);
  return read;
}
