import {
  ConfigurationError,
  type LivePolicy,
  type PolicyStore,
  type ServingSurroundings,
  type StoredPolicyChange,
  type StoredPolicyLine,
  UnavailableError,
} from '@agentflow/core';
import {
  changePolicy,
  compactPolicy,
  type Policy,
  PolicyError,
  type PolicyFault,
  type PolicyLine,
  readAhead,
  Turns,
} from '@agentflow/policy';
import type { ChangingPolicy } from '../changing-policy.js';
import { createLineCheck } from '../check-line.js';
import type { InspectedPolicy } from '../inspection/inspected-policy.js';
import type { RequiredInvariants } from '../load-invariants.js';
import { loadModel, tellFaults } from '../load-policy.js';
import type { CasbinAuthorizationOptions } from '../options.js';
import { createPlacedPolicy, type PlacedPolicy } from '../placed-policy.js';
import { buildStored, databaseName } from './build-stored.js';
import { createFollowing, type Following } from './following.js';
import { createPolicyChanges } from './policy-changes.js';
import { refuseEmpty, seedPolicy } from './seed.js';
import { createStoredLines, type StoredLines } from './stored-lines.js';

export type DatabaseSurroundings = Pick<
  ServingSurroundings,
  'directory' | 'path' | 'guarded' | 'clock' | 'log' | 'openStores' | 'isTrial' | 'isReload' | 'announce' | 'changed'
>;

const named = (policy: Policy) => createPlacedPolicy(policy, databaseName);

/** @throws {ConfigurationError} if the model, the seed or what is in the database is not good */
export async function openPolicyInDatabase(
  options: CasbinAuthorizationOptions,
  surroundings: DatabaseSurroundings,
): Promise<ChangingPolicy> {
  const { path, directory, guarded, clock, log, isReload, changed: onChange } = surroundings;
  const model = await loadModel(options, surroundings);
  const lines = createStoredLines(model, createLineCheck(model, guarded));
  const { policies: store, changes: feed } = await surroundings.openStores();
  const { seed, invariants: invariantsFile, max_rules } = options;
  await seedPolicy(store, lines, {
    seed,
    invariants: invariantsFile,
    max_rules,
    path,
    directory,
    guarded,
    model,
    isReload,
  });
  const following = await tellFaults({ name: databaseName, key: [...path, 'policy'] }, () =>
    createFollowing<PlacedPolicy>({
      ...{ store, feed, clock, log, onChange },
      build: (stored) => buildStored(stored, { model, lines, maxRules: options.max_rules }),
      apply: ({ policy }, { removed, added }) => {
        const read = (line: StoredPolicyLine) => requireGood(lines.read(line));
        return named(changePolicy(policy, { remove: removed.map(read), add: added.map(read) }));
      },
      readAhead: ({ policy }, changes) => readChangesAhead(policy, changes, lines),
      compact: ({ policy }) => (policy.isFragmented ? compactPolicy(policy).then(named) : undefined),
      intervalMilliseconds: options.reload_interval * 1000,
      maxStalenessMilliseconds: options.max_staleness * 1000,
    }),
  );
  const invariants = await requireFit(following, options, surroundings).catch((error: unknown) => {
    following.close();
    throw error;
  });
  const live: LivePolicy = {
    get revision() {
      return following.current().revision;
    },
    ...createPolicyChanges({ store, following, lines, invariants, maxRules: options.max_rules }),
    find: (id) => store.find(id),
    list: (page) => store.list(page),
  };
  return {
    ...{ live, inspect: async () => inspectNow(store, options, surroundings) },
    current: () => following.current().value,
    ready: () => following.ready(),
    close: () => following.close(),
  };
}

/** What is wrong with a line is told when it is applied. */
async function readChangesAhead(policy: Policy, changes: readonly StoredPolicyChange[], lines: StoredLines) {
  const turns = new Turns();
  const read: PolicyLine[] = [];
  for (const line of changes.flatMap(({ removed, added }) => [...removed, ...added])) {
    const one = lines.read(line);
    if (!('message' in one)) read.push(one);
    if (turns.isOver()) await turns.end();
  }
  await readAhead(policy, read);
}

/** @throws {PolicyError} */
function requireGood(read: PolicyLine | PolicyFault): PolicyLine {
  if ('message' in read) throw new PolicyError([read]);
  return read;
}

/**
 * Whether what the database holds may decide at all.
 * @returns what each of its changes is held against, where the file says so
 * @throws {ConfigurationError}
 */
async function requireFit(
  following: Following<PlacedPolicy>,
  options: CasbinAuthorizationOptions,
  surroundings: DatabaseSurroundings,
): Promise<RequiredInvariants | undefined> {
  const hasRules = following.current().value.policy.size > 0;
  if (!hasRules && !surroundings.isTrial) refuseEmpty(surroundings.path);
  if (!hasRules) {
    surroundings.announce('The rules in the database are not looked at here: the server reads them when it starts.');
  }
  if (options.invariants === undefined) return undefined;
  // Who asks for none does not wait for it.
  const { loadInvariants } = await import('../load-invariants.js');
  const invariants = await loadInvariants(options.invariants, surroundings);
  if (hasRules) {
    const { policies } = await surroundings.openStores();
    await invariants.require(await inspectNow(policies, options, surroundings));
  }
  return invariants;
}

/**
 * As it is in the database now: what decides keeps no line of a link.
 * @throws {UnavailableError} if that is not good
 */
async function inspectNow(
  store: Pick<PolicyStore, 'read'>,
  options: CasbinAuthorizationOptions,
  surroundings: DatabaseSurroundings,
): Promise<InspectedPolicy> {
  const { inspectStored } = await import('../inspection/inspect-stored.js');
  const stored = await store.read();
  try {
    return await inspectStored(stored, options, surroundings);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    // Nothing is wrong with the question: the last good policy decides, and this is none.
    throw new UnavailableError({ reason: error.message, cause: error });
  }
}
