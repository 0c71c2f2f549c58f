import { z } from 'zod';
import type { Page, PagePosition } from '../../stores/page.js';
import { readInput } from './read-input.js';

/** `<milliseconds>.<id>`, in base64url. It says where to go on, and nothing that its owner could not read anyway. */
const cursorForm = /^(\d{1,16})\.([\w-]{1,64})$/;

const cursorSchema = z.string().transform((text, context): PagePosition => {
  const [, time, id] = cursorForm.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (time !== undefined && id !== undefined) return { time: Number(time), id };
  context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
  return z.NEVER;
});

interface PageFields {
  readonly offset: number;
  readonly limit: number;
  readonly cursor?: PagePosition | undefined;
}

/** How a part of a list is asked for: `offset` and `limit` as AgentFlow has them, or `cursor` from the part before. */
export const pageFields = {
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: cursorSchema.optional(),
};

/** @throws {ValidationError} */
export function readPage<T extends z.ZodType<PageFields>>(
  schema: T,
  query: URLSearchParams,
): Omit<z.output<T>, 'cursor'> & Page {
  const { cursor, ...rest } = readInput(schema, Object.fromEntries(query), 'query');
  return { ...rest, after: cursor };
}

/** What goes on after this part of a list; null where it was the last. */
export function nextCursor<T>(
  found: readonly T[],
  { limit }: Page,
  positionOf: (item: T) => PagePosition,
): string | null {
  const last = found.at(-1);
  if (last === undefined || found.length < limit) return null;
  const { time, id } = positionOf(last);
  return Buffer.from(`${time}.${id}`).toString('base64url');
}
