import {
  defaultTenant,
  type LivePolicy,
  type Readiness,
  type ServingSurroundings,
  type StoredPolicy,
  type StoredPolicyLine,
} from '@agentflow/core';
import {
  buildPolicy,
  changePolicy,
  compactPolicy,
  type Policy,
  PolicyError,
  type PolicyFault,
  type PolicyLine,
} from '@agentflow/policy';
import { createLineCheck } from '../check-line.js';
import { loadModel, told, tooManyRules } from '../load-policy.js';
import type { CasbinAuthorizationOptions } from '../options.js';
import { createPolicyInFile, type PolicyInFile } from '../policy-in-file.js';
import { createFollowing } from './following.js';
import { createPolicyChanges } from './policy-changes.js';
import { refuseEmpty, seedPolicy } from './seed.js';
import { createStoredLines, type StoredLines } from './stored-lines.js';

/** A policy with what answers by it. */
export interface Decider {
  readonly policy: Policy;
  readonly answers: PolicyInFile;
}

/** The policy of the database, which follows every change of it, and can be changed. */
export interface PolicyInDatabase extends LivePolicy {
  /** @throws {Error} where the policy has been out of date for too long */
  current(): PolicyInFile;
  ready(): Readiness;
  close(): void;
}

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
): Promise<PolicyInDatabase> {
  const { path, directory, guarded, clock, log } = surroundings;
  const model = await loadModel(options, surroundings);
  const lines = createStoredLines(model, createLineCheck(model, guarded));
  const { policies: store, changes: feed } = await surroundings.openStores();
  await seedPolicy(store, lines, { ...options, seed: options.seed, path, directory, guarded, model });
  const following = await told({ name, key: [...path, 'policy'] }, () =>
    createFollowing<Decider>({
      ...{ store, feed, clock, log },
      build: async (stored) => decide(await buildPolicy(model, readLines(stored, lines, options.max_rules))),
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
  return {
    get revision() {
      return following.current().revision;
    },
    tenant: options.operator_tenant ?? defaultTenant,
    ...createPolicyChanges({ store, following, lines, maxRules: options.max_rules }),
    find: (id) => store.find(id),
    list: (page) => store.list(page),
    current: () => following.current().value.answers,
    ready: () => following.ready(),
    close: () => following.close(),
  };
}

function decide(policy: Policy): Decider {
  return { policy, answers: createPolicyInFile(policy, name) };
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
