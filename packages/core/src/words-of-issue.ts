import type { z } from 'zod';

export const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

/** As JSON has types: `null` and `array` are of their own. */
export function typeOfJson(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/**
 * What is wrong with a value, in plain words that go on from its name: `must be a text, not a number`. Never repeats the value. The issue must
 * be of a check with `reportInput`, which tells what is missing from what is of another type.
 */
export function wordsOfIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return wrongType(issue);
  if (issue.code === 'too_small') return tooSmall(issue);
  if (issue.code === 'too_big') return tooBig(issue);
  if (issue.code === 'invalid_key') return wrongKey(issue);
  if (issue.code === 'invalid_value') {
    if (issue.input === undefined) return 'is missing';
    const values = issue.values.map((value) => JSON.stringify(value));
    return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
  }
  const isTime = issue.code === 'invalid_format' && issue.format === 'datetime';
  return isTime ? 'must be a time such as "2030-01-31T00:00:00Z"' : issue.message;
}

function wrongType({ expected, input }: z.core.$ZodIssueInvalidType): string {
  if (input === undefined) return 'is missing';
  const wanted = typeWords[expected] ?? expected;
  const found = typeOfJson(input);
  // A half, or what is no number at all, is of the type, and still not what it must be.
  return found === 'number' && wanted.endsWith('number')
    ? `must be ${wanted}`
    : `must be ${wanted}, not ${typeWords[found]}`;
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
