import { expect } from 'vitest';
import { openEmbedded } from './embedded-database.js';
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
  /** A JSON object. */
  readonly detail: string | null;
}

/** What was changed on the command line, in the embedded database of a project. */
export function changesMadeHere(directory: string): readonly (readonly [event: string, detail: object])[] {
  const database = openEmbedded(directory, { readOnly: true });
  const statement = database.prepare(
    "select * from audit_events where authenticated_by = 'command-line' order by sequence",
  );
  const rows = statement.all() as unknown as (AuditRow & { readonly method: string; readonly detail: string })[];
  database.close();
  return rows.map(({ event, outcome, status, method, subject, detail }) => {
    expect([outcome, status, method, subject]).toEqual(['allowed', 0, '(none)', null]);
    const { by, ...rest } = JSON.parse(detail) as { readonly by: string };
    expect(by).toMatch(/./);
    return [event, rest] as const;
  });
}

/** The rows of one request in the embedded database of a server that still runs: they are written behind the requests. */
export async function auditRowsOf(
  directory: string,
  { headers }: Pick<Answer, 'headers'>,
): Promise<readonly AuditRow[]> {
  const read = () => {
    const database = openEmbedded(directory, { readOnly: true });
    const statement = database.prepare('select * from audit_events where request_id = ? order by sequence');
    const rows = statement.all(headers.get('x-request-id') ?? '') as unknown as AuditRow[];
    database.close();
    return rows.map((row) => ({ ...row }));
  };
  const last = { event: expect.stringMatching(/^(?:request|stream-closed)$/) as string };
  await expect.poll(read).toContainEqual(expect.objectContaining(last));
  return read();
}
