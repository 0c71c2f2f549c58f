import type { ErrorDetail, JsonObject } from '@agentflow/protocol';
import { z } from 'zod';
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

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.json()) as z.ZodType<JsonObject>;

/** `offset` and `limit` of a list, as AgentFlow has them. */
export const pageSchema = z.object({
  search: z.string().max(255).default(''),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
