import type { MemoryCondition } from '@agentflow/core';
import { type RawBuilder, type SqlBool, sql } from 'kysely';

const comparisons = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;

/** SQLite has no booleans and forgets them when it extracts: the kind of a value is asked for by its own name. */
export function sqliteJsonCondition({ path, operator, value }: MemoryCondition): RawBuilder<SqlBool> {
  const place = `$${path.map((label) => `."${label}"`).join('')}`;
  const kind = sql`json_type(value, ${place})`;
  const isOfKind = sql`${kind} in (${sql.join(kindsOf(value))})`;
  if (operator === 'eq' || operator === 'ne') {
    // Of these the kind is the value.
    const isOneOfTwo = value === null || typeof value === 'boolean';
    const isEqual = isOneOfTwo ? isOfKind : sql`(${isOfKind} and json_extract(value, ${place}) = ${value})`;
    return operator === 'eq' ? sql`coalesce(${isEqual}, 0)` : sql`not coalesce(${isEqual}, 0)`;
  }
  return sql`(${isOfKind} and json_extract(value, ${place}) ${comparisons[operator]} ${value})`;
}

function kindsOf(value: MemoryCondition['value']): string[] {
  if (typeof value === 'number') return ['integer', 'real'];
  if (typeof value === 'string') return ['text'];
  return [String(value)];
}
