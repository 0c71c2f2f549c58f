import type { PolicyFields, PolicyStore, StoredPolicyChange } from '@agentflow/core';
import { type Model, writeCsvLine } from '@agentflow/policy';
import { createLineCheck } from '../check-line.js';
import { loadModel, type Place, readRules } from '../load-policy.js';
import type { CasbinAuthorizationOptions } from '../options.js';
import { requireInvariants } from '../require-invariants.js';
import { fieldsIn } from './seed.js';
import { createStoredLines } from './stored-lines.js';

export interface PolicyImport {
  /** A CSV file; its path starts at the directory of the place. */
  readonly file: string;
  readonly place: Place;
  readonly options: Pick<CasbinAuthorizationOptions, 'model' | 'max_rules' | 'invariants'>;
}

/**
 * Makes the policy of the database what a file says, in one change: what stays the same stays where it is, unless its place
 * decides. Others may change it meanwhile: what they did is then undone too.
 * @throws {ConfigurationError} with the lines of all that is wrong with the file, or with the invariants that it breaks; nothing
 *   has changed then
 */
export async function importPolicy(store: PolicyStore, wanted: PolicyImport): Promise<StoredPolicyChange> {
  const { file, place, options } = wanted;
  const model = await loadModel(options, place);
  const lines = createStoredLines(model, createLineCheck(model, place.guarded));
  const loaded = await readRules({ name: file, key: [] }, { ...place, ...options, model });
  await requireInvariants(loaded, options, place);
  const next = fieldsIn(loaded.text, lines);
  for (;;) {
    const { revision, lines: stored } = await store.read();
    const { remove, add } = difference(
      stored.map(({ fields }) => fields),
      next,
      model,
    );
    const change = await store.change(revision, { remove, add, author: null });
    if (change !== undefined) return change;
  }
}

function difference(before: readonly PolicyFields[], next: readonly PolicyFields[], { effect }: Model) {
  const [were, will] = [new Set(before.map(writeCsvLine)), new Set(next.map(writeCsvLine))];
  const remove = before.filter((fields) => !will.has(writeCsvLine(fields)));
  const add = next.filter((fields) => !were.has(writeCsvLine(fields)));
  if (effect !== 'priority' && effect !== 'subject-priority') return { remove, add };
  // The first rule decides: then the order of the file is part of what it says.
  const kept = before.filter((fields) => will.has(writeCsvLine(fields)));
  const isInOrder = [...kept, ...add].every(
    (fields, index) => writeCsvLine(fields) === writeCsvLine(next[index] ?? ['']),
  );
  return isInOrder ? { remove, add } : { remove: before, add: next };
}

/** The policy of the database as a file, which can be imported again. */
export async function exportPolicy(store: Pick<PolicyStore, 'read'>): Promise<string> {
  const { revision, lines } = await store.read();
  return [`# revision ${revision}`, ...lines.map(({ fields }) => writeCsvLine(fields)), ''].join('\n');
}
