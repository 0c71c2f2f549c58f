import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect } from 'vitest';
import type { Answer } from './requests.js';

export interface AuditRow {
  readonly event: string;
  readonly resource: string | null;
  readonly action: string | null;
  readonly resource_id: string | null;
  readonly outcome: string;
  readonly status: number;
  readonly reason: string | null;
  readonly subject: string | null;
  /** A JSON list. */
  readonly actors: string | null;
  readonly count: number;
}

/** The rows of one request in the embedded database of a server that still runs: they are written behind the requests. */
export async function auditRowsOf(
  directory: string,
  { headers }: Pick<Answer, 'headers'>,
): Promise<readonly AuditRow[]> {
  const read = () => {
    const database = new DatabaseSync(join(directory, '.agentflow/agentflow.db'), { readOnly: true });
    const statement = database.prepare('select * from audit_events where request_id = ? order by sequence');
    const rows = statement.all(headers.get('x-request-id') ?? '') as unknown as AuditRow[];
    database.close();
    return rows.map((row) => ({ ...row }));
  };
  const last = { event: expect.stringMatching(/^(?:request|stream-closed)$/) as string };
  await expect.poll(read).toContainEqual(expect.objectContaining(last));
  return read();
}
