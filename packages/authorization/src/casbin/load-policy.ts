import { resolve } from 'node:path';
import type { BackendSurroundings } from '@agentflow/core';
import { builtInModel } from './built-in-model.js';
import { checkRules } from './check-rules.js';
import { readModel } from './model.js';
import type { CasbinAuthorizationOptions } from './options.js';
import { createPolicy, type Policy } from './policy.js';
import { parsePolicy } from './policy-csv.js';
import { lineErrors } from './policy-fault.js';
import { readText } from './read-text.js';

type Place = Pick<BackendSurroundings, 'directory' | 'path'>;

/** The files that a policy is read from, absolute. */
export function policyFiles({ policy, model }: CasbinAuthorizationOptions, { directory }: Place): readonly string[] {
  return [policy, model].filter((file) => file !== undefined).map((file) => resolve(directory, file));
}

/**
 * Reads the model and the rules into a policy of their own.
 * @throws {ConfigurationError} with the lines of all that is wrong
 */
export async function loadPolicy(options: CasbinAuthorizationOptions, { directory, path }: Place): Promise<Policy> {
  const modelFile = { name: options.model ?? 'the built-in model', key: [...path, 'model'] };
  const modelText =
    options.model === undefined ? builtInModel : await readText(resolve(directory, options.model), modelFile);
  const model = readModel(modelText, modelFile);
  const file = { name: options.policy, key: [...path, 'policy'] };
  const { lines, faults } = parsePolicy(await readText(resolve(directory, options.policy), file));
  if (lines.length > options.max_rules) {
    const message = `there are ${lines.length} rules, and at most ${options.max_rules} are taken`;
    const remedy =
      'Write rules for roles and not for each user, or raise "max_rules": each rule slows every decision about its role.';
    throw lineErrors(file, [{ message, remedy }]);
  }
  const checked = checkRules(lines, model);
  const all = [...faults, ...checked.faults].toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
  if (all.length > 0) throw lineErrors(file, all);
  if (checked.rules.length === 0) {
    throw lineErrors(file, [
      { message: 'there is no rule: nobody may do anything', remedy: 'Write "p, user, graph, *".' },
    ]);
  }
  return createPolicy(model, checked, options.policy);
}
