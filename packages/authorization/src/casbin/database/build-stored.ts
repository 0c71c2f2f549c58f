import type { StoredPolicy } from '@agentflow/core';
import { buildPolicy, type Model, type PolicyFault, type PolicyLine } from '@agentflow/policy';
import { tooManyLines } from '../load-policy.js';
import { createPlacedPolicy, type PlacedPolicy } from '../placed-policy.js';
import type { StoredLines } from './stored-lines.js';

/** As places have it: `database:17` is the line with the id 17. */
export const databaseName = 'database';

export interface StoredPolicyParts {
  readonly model: Model;
  readonly lines: StoredLines;
  readonly maxRules: number;
}

/** @throws {PolicyError} with the lines of all that is wrong */
export async function buildStored(stored: StoredPolicy, parts: StoredPolicyParts): Promise<PlacedPolicy> {
  return createPlacedPolicy(await buildPolicy(parts.model, readLines(stored, parts)), databaseName);
}

function* readLines(stored: StoredPolicy, { lines, maxRules }: StoredPolicyParts): Generator<PolicyLine | PolicyFault> {
  for (const line of stored.lines) yield lines.read(line);
  if (stored.lines.length > maxRules) yield tooManyLines(stored.lines.length, maxRules);
}
