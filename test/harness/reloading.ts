import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { type RunningAgentflow, startAgentflow } from './agentflow.js';
import { openEmbedded } from './embedded-database.js';
import { createProject, exampleGraph, type Project } from './project.js';

export interface ConfigurationRow {
  readonly event: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly detail: { readonly from: string | null; readonly to: string };
  readonly count: number;
}

/** A server whose configuration a test changes while it serves; it ends with the test, with exit code 0. */
export interface ReloadingServer extends RunningAgentflow {
  readonly project: Project;
  /** Writes files, sends SIGHUP, and waits for what the log says came of it. */
  reload(files?: Readonly<Record<string, string | object>>): Promise<'in force' | 'refused'>;
  /** How often the log has said something. */
  said(text: string | RegExp): number;
  rowsAboutConfiguration(): readonly ConfigurationRow[];
}

const hungUp = 'SIGHUP: reading the configuration anew';
const patient = { timeout: 40_000, interval: 10 };

export async function startReloading(
  files: Readonly<Record<string, string | object>>,
  { args, env }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ReloadingServer> {
  const project = createProject(files);
  const environment = { ...env, LIFE_FILE: join(project.directory, 'life.txt') };
  const server = await startAgentflow({ directory: project.directory, env: environment, ...(args && { args }) });
  const said = (text: string | RegExp) => server.output().split(text).length - 1;
  const sinceHangUp = (index: number) =>
    server
      .output()
      .split(hungUp)
      .slice(index + 1)
      .join('');
  onTestFinished(async () => {
    const code = server.process.exitCode ?? (await server.stop());
    project.remove();
    expect([code, code === 0 ? '' : server.output()]).toEqual([0, '']);
  });
  return {
    ...server,
    project,
    said,
    async reload(changed = {}) {
      for (const [file, content] of Object.entries(changed)) project.write(file, content);
      const before = said(hungUp);
      server.process.kill('SIGHUP');
      // What came of it stands behind it in the log, which its reader may be behind with: what came of another before does not count.
      const outcome = () => /configuration is in force|the one in force stays/.exec(sinceHangUp(before))?.[0];
      await expect.poll(outcome, patient).toBeDefined();
      return outcome() === 'the one in force stays' ? 'refused' : 'in force';
    },
    rowsAboutConfiguration() {
      const database = openEmbedded(project.directory, { readOnly: true });
      const statement = database.prepare(
        "select event, outcome, reason, detail, count from audit_events where event like 'configuration-%' order by sequence",
      );
      const rows = statement.all() as unknown as readonly (Omit<ConfigurationRow, 'detail'> & { detail: string })[];
      database.close();
      return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as ConfigurationRow['detail'] }));
    },
  };
}

/** Everything but what a test is about. */
export function configuration(more: object): object {
  return { agent: exampleGraph, ...more };
}

/**
 * A plugin that lets in whoever has its key, as a user and with a role of the same name; it leaves a line for each that is made and
 * closed.
 */
export function keyPlugin(key: string, { before = '', claims = '{}' } = {}): string {
  return `import { appendFileSync } from 'node:fs';
import { BaseAuth } from 'agentflow';

const tell = (what: string) => appendFileSync(process.env.LIFE_FILE!, what + '\\n');

export class Keys extends BaseAuth {
  constructor() {
    super();
    ${before}
    tell('made ${key}');
  }
  authenticate({ headers }: any): any {
    const given = headers.get('X-Key');
    return given === '${key}' || given === 'any' ? { user_id: '${key}', role: '${key}', ...${claims} } : null;
  }
  close() {
    tell('closed ${key}');
  }
}
`;
}
