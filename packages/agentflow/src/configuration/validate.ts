import type { ConfigurationFault } from '@agentflow/core';
import type { z } from 'zod';
import { knownKeysAt, nearest } from './known-keys.js';
import { type Configuration, configurationSchema, ignoredKeys, unsupportedKeys } from './schema.js';

/** What the file's value means, what it gets wrong, and which of its keys change nothing. */
export interface Validation {
  readonly configuration: Configuration | undefined;
  readonly faults: readonly ConfigurationFault[];
  readonly ignored: readonly string[];
}

/** Validates the whole at once: every fault is found, not only the first. */
export function validate(value: unknown): Validation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      configuration: undefined,
      faults: [{ path: [], message: 'the file must hold a JSON object' }],
      ignored: [],
    };
  }
  const entries = Object.entries(value);
  const ignored = entries.map(([key]) => key).filter((key) => ignoredKeys.has(key));
  const unsupported = entries.filter(([key, setting]) => unsupportedKeys.has(key) && setting !== null);
  const left = entries.filter(([key]) => !ignoredKeys.has(key) && !unsupportedKeys.has(key));
  const result = configurationSchema.safeParse(Object.fromEntries(left));
  const faults = [
    ...unsupported.map(([key]) => unsupportedFault(key)),
    ...(result.success ? [] : result.error.issues.flatMap((issue) => toFaults(issue))),
  ];
  return { configuration: faults.length === 0 ? result.data : undefined, faults, ignored };
}

function unsupportedFault(key: string): ConfigurationFault {
  return {
    path: [key],
    message: `"${key}" is not supported by this version`,
    remedy: 'Remove it: serving without it might be less than you asked for.',
  };
}

function toFaults(issue: z.core.$ZodIssue, outer: readonly PropertyKey[] = []): ConfigurationFault[] {
  const path = [...outer, ...issue.path].filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKeyFault(path, key));
  if (issue.code === 'invalid_union') {
    if ('discriminator' in issue && issue.discriminator === 'method') return [unknownMethodFault(path)];
    return unionFaults(issue, path);
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.includes('received undefined');
  return [{ path, message: isMissing ? `"${String(path.at(-1))}" is missing` : sentence(path, issue.message) }];
}

/** Of the forms that a value may have, the one that it comes nearest to tells what is wrong. */
function unionFaults(issue: z.core.$ZodIssueInvalidUnion, path: (string | number)[]): ConfigurationFault[] {
  const forms = issue.errors.map((issues) => issues.flatMap((inner) => toFaults(inner, path)));
  const deepest = (faults: readonly ConfigurationFault[]) => Math.max(...faults.map((fault) => fault.path.length));
  const isOfType = (faults: readonly ConfigurationFault[]) =>
    !faults.some(({ message }) => /expected (?:null|array|"")/.test(message));
  const fitting = forms.filter(isOfType);
  return (fitting.length > 0 ? fitting : forms).reduce((best, faults) =>
    deepest(faults) > deepest(best) ? faults : best,
  );
}

function unknownKeyFault(path: readonly (string | number)[], key: string): ConfigurationFault {
  const known = knownKeysAt(path);
  const meant = nearest(key, known);
  const remedy = meant === undefined ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
  return { path: [...path, key], message: `unknown key "${key}"`, remedy };
}

function unknownMethodFault(path: readonly (string | number)[]): ConfigurationFault {
  const isAuth = path[0] === 'auth';
  return {
    path: path.at(-1) === 'method' ? path.slice(0, -1) : path,
    message: `Unsupported ${isAuth ? 'auth' : 'authorization'} method`,
    remedy: isAuth
      ? 'Use "jwt", or {"method": "custom", "path": "graph/auth.ts:ApiKeyAuth"}.'
      : 'Use "ownership", or the path of a class: "graph/auth.ts:RoleBasedAuthorization".',
  };
}

function sentence(path: readonly (string | number)[], message: string): string {
  const key = path.at(-1);
  const words = message.charAt(0).toLowerCase() + message.slice(1);
  return key === undefined ? words : `"${key}": ${words}`;
}
