import type { ErrorDetail, JsonObject, RouteName } from '@agentflow/protocol';
import { z } from 'zod';
import { isFreeOfControls, isPrintable } from '../../control-characters.js';
import { ValidationError } from '../../errors.js';
import { suggest } from '../../nearest-word.js';
import { wordsOfIssue } from '../../words-of-issue.js';

/**
 * Reads a body or query by its schema.
 * @throws {ValidationError} with every fault and its place
 */
export function readInput<T extends z.ZodType>(schema: T, value: unknown, place: 'body' | 'query'): z.output<T> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new ValidationError(result.error.issues.flatMap((issue) => toDetails(issue, [place], schema)));
}

type Place = ErrorDetail['loc'];

function toDetails(issue: z.core.$ZodIssue, outer: Place, schema?: z.ZodType): readonly ErrorDetail[] {
  const loc = [...outer, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
    return issue.keys.map((key) => ({ loc: [...loc, key], msg: unknownKey(key, known), type: issue.code }));
  }
  if (issue.code === 'invalid_union') {
    const nearest = nearestForm(issue);
    if (nearest !== undefined) return nearest.flatMap((inner) => toDetails(inner, loc));
  }
  return [{ loc, msg: wordsOfIssue(issue), type: issue.code }];
}

function unknownKey(key: string, known: readonly string[] | undefined): string {
  return known === undefined || known.length === 0 ? 'is not known here' : `is not known here. ${suggest(key, known)}`;
}

/** Of the forms that a value may have, the one that is of its type, where there is only one. */
function nearestForm({ errors }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const fitting = errors.filter(
    (issues) => !issues.some(({ path, code }) => path.length === 0 && code === 'invalid_type'),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** The name of something: no database keeps another, no terminal should show one, and nobody takes it for the name of something else. */
export const printable = z
  .string()
  .max(255)
  .refine(
    isPrintable,
    'must not have control characters, or characters that show nothing or turn the direction of writing',
  );

/** A text that may be looked for: no database keeps another. */
export const searchText = z.string().max(255).refine(isFreeOfControls, 'must not have control characters');

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.json()).meta({ id: 'JsonObject' }) as z.ZodType<JsonObject>;

/** What routes read, by the schemas that their handlers read it with: the documentation is written from these. */
export type RouteInputs = { readonly [N in RouteName]?: { readonly body?: z.ZodType; readonly query?: z.ZodObject } };
