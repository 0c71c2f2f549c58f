import { createHash } from 'node:crypto';
import type { PolicyFields, StoredPolicyLine } from '@agentflow/core';

/** A line as its row has it. */
interface LineRow {
  readonly id: number;
  readonly fields: string;
}

export function toLine({ id, fields }: LineRow): StoredPolicyLine {
  return { id, fields: JSON.parse(fields) as PolicyFields };
}

/** A line may be longer than what an index of PostgreSQL takes. */
export function digestOf(fields: PolicyFields): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
