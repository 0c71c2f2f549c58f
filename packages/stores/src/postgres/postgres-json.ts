import type { MemoryCondition } from '@agentflow/core';
import { type RawBuilder, type SqlBool, sql } from 'kysely';

const comparisons = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;

/** PostgreSQL compares JSON with JSON; texts in their bytes' order only once they are texts again. */
export function postgresJsonCondition({ path, operator, value }: MemoryCondition): RawBuilder<SqlBool> {
  const field = sql`(value::jsonb #> ${path}::text[])`;
  const isEqual = sql`coalesce(${field} = ${JSON.stringify(value)}::jsonb, false)`;
  if (operator === 'eq') return sql`${isEqual}`;
  if (operator === 'ne') return sql`not ${isEqual}`;
  const comparison = comparisons[operator];
  if (typeof value === 'string') {
    const text = sql`(value::jsonb #>> ${path}::text[]) collate "C"`;
    return sql`(jsonb_typeof(${field}) = 'string' and ${text} ${comparison} ${value})`;
  }
  return sql`(jsonb_typeof(${field}) = 'number' and ${field} ${comparison} ${JSON.stringify(value)}::jsonb)`;
}
