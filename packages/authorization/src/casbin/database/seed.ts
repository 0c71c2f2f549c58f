import { ConfigurationError, type PolicyFields, type PolicyStore } from '@agentflow/core';
import { parseCsv, writeCsvLine } from '@agentflow/policy';
import { type RulesSurroundings, readRules } from '../load-policy.js';
import { requireInvariants } from '../require-invariants.js';
import type { StoredLines } from './stored-lines.js';

export interface SeedOptions {
  /** A CSV file. */
  readonly seed: string | undefined;
  /** What its rules are held against. */
  readonly invariants: string | undefined;
  readonly path: readonly (string | number)[];
  /** Then nothing is begun: what is read may be refused for another fault, and would leave its rules behind. */
  readonly isReload: boolean;
}

/**
 * Puts the first rules into a database that never had any. Processes that start together do it once.
 * @throws {ConfigurationError} with the lines of all that is wrong with the file, or if nothing may be begun now
 */
export async function seedPolicy(
  store: PolicyStore,
  lines: StoredLines,
  { seed, invariants, path, isReload, ...surroundings }: SeedOptions & RulesSurroundings,
): Promise<void> {
  if (seed === undefined || (await store.changesSince(0))?.length !== 0) return;
  const loaded = await readRules({ name: seed, key: [...path, 'seed'] }, surroundings);
  await requireInvariants(loaded, { invariants }, { ...surroundings, path });
  if (isReload) refuseToBegin(seed, path);
  await store.change(0, { remove: [], add: fieldsIn(loaded.text, lines), author: null });
}

/** Of a text that is known to be good: each line once, in whatever spellings it is there. */
export function fieldsIn(text: string, lines: StoredLines): readonly PolicyFields[] {
  const found = new Map<string, PolicyFields>();
  for (const line of parseCsv(text)) {
    const written = 'message' in line ? line : lines.write([line.key, ...line.values]);
    if ('message' in written) continue;
    const same = writeCsvLine(written);
    if (!found.has(same)) found.set(same, written);
  }
  return [...found.values()];
}

/** @throws {ConfigurationError} */
function refuseToBegin(seed: string, path: readonly (string | number)[]): never {
  throw new ConfigurationError([
    {
      path: [...path, 'seed'],
      message: 'the database holds no rules, and none are put there while another configuration is served',
      remedy: `Run "agentflow policy import ${seed}" and send SIGHUP again, or start the process again.`,
    },
  ]);
}

/** @throws {ConfigurationError} */
export function refuseEmpty(path: readonly (string | number)[]): never {
  throw new ConfigurationError([
    {
      path: [...path, 'policy'],
      message: 'the database holds no rules: nobody may do anything',
      remedy:
        'Name a file whose rules it begins with ("seed": "policy.csv"), or run "agentflow policy import policy.csv".',
    },
  ]);
}
