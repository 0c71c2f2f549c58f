import { type ConfigurationFault, suggest } from '@agentflow/core';
import type { z } from 'zod';
import { foreignKeys, ignoredKeys, unsupportedKeys } from './foreign-keys.js';
import { knownKeysAt } from './known-keys.js';
import { type Configuration, configurationSchema } from './schema.js';
import type { LocatedFault } from './source.js';
import { unknownMethodFault } from './unknown-method.js';
import { wrongTypeFault, wrongValueFault } from './wrong-value.js';

/** What the file's value means, what it gets wrong, and which of its keys change nothing. */
export interface Validation {
  readonly configuration: Configuration | undefined;
  readonly faults: readonly LocatedFault[];
  readonly ignored: readonly string[];
}

/** Validates the whole at once: every fault is found, not only the first. */
export function validate(value: unknown): Validation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      configuration: undefined,
      faults: [
        {
          ...{ path: [], message: 'the file must hold a JSON object', place: { line: 1, column: 1 } },
          remedy: 'Write {"agent": "graph/react.ts:app"}.',
        },
      ],
      ignored: [],
    };
  }
  const entries = Object.entries(value);
  const ignored = entries.map(([key]) => key).filter((key) => ignoredKeys.has(key));
  const unsupported = entries.filter(([key, setting]) => unsupportedKeys.has(key) && setting !== null);
  const left = entries.filter(([key]) => !ignoredKeys.has(key) && !unsupportedKeys.has(key));
  const result = configurationSchema.safeParse(Object.fromEntries(left), { reportInput: true });
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
    remedy: unsupportedKeys.get(key) ?? 'Remove it.',
  };
}

type Path = readonly (string | number)[];

function toFaults(issue: z.core.$ZodIssue, outer: Path = []): ConfigurationFault[] {
  const path = pathOf(issue, outer);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKeyFault(path, key, issue.input));
  if (issue.code === 'invalid_union') {
    if ('discriminator' in issue && issue.discriminator === 'method') return [unknownMethodFault(path, issue.input)];
    return unionFaults(issue, path);
  }
  return [wrongValueFault(issue, path)];
}

function pathOf(issue: z.core.$ZodIssue, outer: Path): Path {
  return [...outer, ...issue.path.filter((part) => typeof part !== 'symbol')];
}

/** Of the forms that a value may have, the one that it comes nearest to tells what is wrong. */
function unionFaults(issue: z.core.$ZodIssueInvalidUnion, path: Path): ConfigurationFault[] {
  // A form for another type of value has nothing to say.
  const fitting = issue.errors.filter((issues) => !issues.some(isOfAnotherType));
  if (fitting.length === 0) return [wrongTypeFault(path, issue.input)];
  const forms = fitting.map((issues) => issues.flatMap((inner) => toFaults(inner, path)));
  const deepest = (faults: readonly ConfigurationFault[]) => Math.max(...faults.map((fault) => fault.path.length));
  return forms.reduce((best, faults) => (deepest(faults) > deepest(best) ? faults : best));
}

function isOfAnotherType(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}

function unknownKeyFault(path: Path, key: string, value: unknown): ConfigurationFault {
  const foreign = path.length === 0 ? foreignKeys.get(key) : undefined;
  return {
    path: [...path, key],
    message: `unknown key "${key}"`,
    remedy: foreign ?? suggest(key, knownKeysAt(path, value)),
  };
}
