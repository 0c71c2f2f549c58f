import type { ConfigurationFault } from '@agentflow/core';
import type { z } from 'zod';
import { descriptionAt, knownKeysAt, typesAt } from './known-keys.js';

type Path = readonly (string | number)[];

/** A value that is not what it must be, in plain words; what the key means is the remedy. Never repeats the value. */
export function wrongValueFault(issue: z.core.$ZodIssue, path: Path): ConfigurationFault {
  if (issue.code === 'invalid_type') return wrongTypeFault(path, issue.input);
  const words = wordsFor(issue);
  return { path, message: `${nameOf(path)} ${words}`, remedy: meaningOf(path) };
}

/** A value of another type than the schema has at its place, in any of its forms; or none, where there must be one. */
export function wrongTypeFault(path: Path, input: unknown): ConfigurationFault {
  const remedy = meaningOf(path);
  if (input === undefined) return { path, message: `${nameOf(path)} is missing`, remedy };
  const types = typesAt(path).filter((type) => type !== 'null');
  const wanted = types.map((type) => typeWords[type] ?? type).join(', ');
  const message = `${nameOf(path)} must be ${wanted.replace(/, ([^,]*)$/, ' or $1')}, not ${typeWords[typeOf(input)]}`;
  return { path, message, remedy };
}

/** What the key is for tells what may stand there. */
function meaningOf(path: Path): string {
  return descriptionAt(path) ?? `Known here: ${knownKeysAt([]).join(', ')}.`;
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** `"issuer"`; an entry of a list is named by the list and its number. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return `"${last}"`;
  const list = path.findLast((part) => typeof part === 'string');
  return `entry ${last + 1} of "${list}"`;
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return tooSmall(issue);
  if (issue.code === 'too_big') return tooBig(issue);
  if (issue.code === 'invalid_key') return wrongKey(issue);
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => JSON.stringify(value));
    return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
  }
  const isTime = issue.code === 'invalid_format' && issue.format === 'datetime';
  return isTime ? 'must be a time such as "2030-01-31T00:00:00Z"' : issue.message;
}

function wrongKey({ issues: [first] }: z.core.$ZodIssueInvalidKey): string {
  return first === undefined || first.code === 'too_small' ? 'has a key that must not be empty' : first.message;
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'string' || origin === 'array') {
    return Number(minimum) === 1 ? 'must not be empty' : `must have at least ${minimum} ${unit(origin)}`;
  }
  return `must be at least ${minimum}`;
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): string {
  if (origin === 'string' || origin === 'array') return `must have at most ${maximum} ${unit(origin)}`;
  return `must be at most ${maximum}`;
}

function unit(origin: string): string {
  return origin === 'string' ? 'characters' : 'entries';
}
