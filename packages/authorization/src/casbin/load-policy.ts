import { resolve } from 'node:path';
import type { BackendSurroundings } from '@agentflow/core';
import {
  buildPolicy,
  type Model,
  PolicyError,
  type PolicyFault,
  type PolicyLine,
  parseCsv,
  readModel,
} from '@agentflow/policy';
import { builtInModel } from './built-in-model.js';
import { createLineCheck, type LineCheck } from './check-line.js';
import { checkModel } from './check-model.js';
import type { CasbinAuthorizationOptions } from './options.js';
import { createPlacedPolicy, type PlacedPolicy } from './placed-policy.js';
import { lineErrors, type NamedFile } from './policy-fault.js';
import { readText } from './read-text.js';

export type Place = Pick<BackendSurroundings, 'directory' | 'path' | 'guarded'>;

/** The files that a policy is read from and held against, absolute. */
export function policyFiles(
  { policy, model, invariants }: CasbinAuthorizationOptions,
  { directory }: Place,
): readonly string[] {
  return [policy, model, invariants].filter((file) => file !== undefined).map((file) => resolve(directory, file));
}

/**
 * Reads the model and the rules into a policy of their own.
 * @throws {ConfigurationError} with the lines of all that is wrong
 */
export async function loadPolicy(options: CasbinAuthorizationOptions, place: Place): Promise<LoadedPolicy> {
  const model = await loadModel(options, place);
  return readRules({ name: options.policy, key: [...place.path, 'policy'] }, { ...place, ...options, model });
}

/** A policy with the text that it was read from, for those who show its rules. */
export interface LoadedPolicy extends PlacedPolicy {
  readonly text: string;
}

export interface RulesSurroundings extends Pick<Place, 'directory' | 'guarded'> {
  readonly model: Model;
  readonly max_rules: number;
}

/** @throws {ConfigurationError} with the lines of all that is wrong */
export async function readRules(
  file: NamedFile,
  { directory, guarded, model, max_rules: most }: RulesSurroundings,
): Promise<LoadedPolicy> {
  const text = await readText(resolve(directory, file.name), file);
  return tellFaults(file, async () => {
    const policy = await buildPolicy(model, readLines(text, createLineCheck(model, guarded), most));
    if (policy.size === 0) {
      const remedy = 'Write "p, user, graph, *".';
      throw new PolicyError([{ message: 'there is no rule: nobody may do anything', remedy }]);
    }
    return { ...createPlacedPolicy(policy, file.name), text };
  });
}

/** @throws {ConfigurationError} with the lines of all that is wrong */
export async function loadModel(
  options: Pick<CasbinAuthorizationOptions, 'model'>,
  { directory, path }: Pick<Place, 'directory' | 'path'>,
): Promise<Model> {
  const file = { name: options.model ?? 'the built-in model', key: [...path, 'model'] };
  const text = options.model === undefined ? builtInModel : await readText(resolve(directory, options.model), file);
  return tellFaults(file, () => readOwnModel(text));
}

function readOwnModel(text: string): Model {
  const model = readModel(text);
  checkModel(model);
  return model;
}

function* readLines(text: string, check: LineCheck, most: number): Generator<PolicyLine | PolicyFault> {
  let count = 0;
  for (const line of parseCsv(text)) {
    count += 1;
    yield 'message' in line ? line : check(line);
  }
  if (count > most) yield tooManyLines(count, most);
}

export function tooManyLines(count: number, most: number): Omit<PolicyFault, 'line'> {
  const message = `there are ${count} rules, and at most ${most} are taken`;
  return { message, remedy: 'Write rules for roles and not for each user, or raise "max_rules".' };
}

/** What is wrong with a policy, as faults of the configuration. */
export async function tellFaults<T>(file: NamedFile, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const inOrder = error.faults.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0));
    throw lineErrors(file, inOrder);
  }
}
