import type { ErrorDetail, JsonObject, RouteName } from '@agentflow/protocol';
import { z } from 'zod';
import { isPrintable } from '../../control-characters.js';
import { ValidationError } from '../../errors.js';

/**
 * Reads a body or query by its schema.
 * @throws {ValidationError} with every fault and its place
 */
export function readInput<T extends z.ZodType>(schema: T, value: unknown, place: 'body' | 'query'): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ValidationError(result.error.issues.map((issue) => toDetail(issue, place)));
}

function toDetail(issue: z.core.$ZodIssue, place: string): ErrorDetail {
  return {
    loc: [place, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))],
    msg: issue.message,
    type: issue.code,
  };
}

/** A text that may be asked for: no database keeps another, and no terminal should show one. */
export const printable = z.string().max(255).refine(isPrintable, 'must not have control characters');

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.json()).meta({ id: 'JsonObject' }) as z.ZodType<JsonObject>;

/** What routes read, by the schemas that their handlers read it with: the documentation is written from these. */
export type RouteInputs = { readonly [N in RouteName]?: { readonly body?: z.ZodType; readonly query?: z.ZodObject } };
