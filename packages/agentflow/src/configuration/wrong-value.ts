import { type ConfigurationFault, typeOfJson, typeWords, wordsOfIssue } from '@agentflow/core';
import type { z } from 'zod';
import { descriptionAt, knownKeysAt, shortFormsAt, typesAt } from './known-keys.js';

type Path = readonly (string | number)[];

/** A value that is not what it must be, in plain words; what the key means is the remedy. Never repeats the value. */
export function wrongValueFault(issue: z.core.$ZodIssue, path: Path): ConfigurationFault {
  if (issue.code === 'invalid_type') return wrongTypeFault(path, issue.input);
  return { path, message: `${nameOf(path)} ${wordsOfIssue(issue)}`, remedy: meaningOf(path) };
}

/** A value of another type than the schema has at its place, in any of its forms; or none, where there must be one. */
export function wrongTypeFault(path: Path, input: unknown): ConfigurationFault {
  const remedy = meaningOf(path);
  if (input === undefined) return { path, message: `${nameOf(path)} is missing`, remedy };
  const types = typesAt(path).filter((type) => type !== 'null');
  const shortForms = shortFormsAt(path);
  const wanted = [...types.map((type) => typeWords[type] ?? type), ...shortForms].join(', ');
  // Where `true` may stand, "not true or false" would be no help.
  const given = typeof input === 'boolean' && shortForms.length > 0 ? String(input) : typeWords[typeOfJson(input)];
  const message = `${nameOf(path)} must be ${wanted.replace(/, ([^,]*)$/, ' or $1')}, not ${given}`;
  return { path, message, remedy };
}

/** What the key is for tells what may stand there. */
function meaningOf(path: Path): string {
  return descriptionAt(path) ?? `Known here: ${knownKeysAt([]).join(', ')}.`;
}

/** `"issuer"`; an entry of a list is named by the list and its number. */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return `"${last}"`;
  const list = path.findLast((part) => typeof part === 'string');
  return `entry ${last + 1} of "${list}"`;
}
