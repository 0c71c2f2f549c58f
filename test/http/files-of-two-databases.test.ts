import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';
import { filesIn, upload } from '../harness/uploads.js';

/* What no row of one database is about may be what a row of another is about. */

test('a folder that two databases have rows of loses nothing', { timeout: 60_000 }, async () => {
  const kept = mkdtempSync(join(tmpdir(), 'agentflow-shared-'));
  const secret = createSecret();
  const configuration = { agent: echoGraph, auth: 'jwt', files: { directory: kept } };
  const projects = [1, 2].map(() => createProject({ 'agentflow.json': configuration }));
  const token = tokenFor('alice', secret);
  const uploaded: string[] = [];
  for (const { directory } of projects) {
    const server = await startAgentflow({ directory, env: { JWT_SECRET_KEY: secret } });
    uploaded.push((await upload(server.url, token, { bytes: 'bread', name: 'a.txt' })).body.data.url);
    expect(await server.stop()).toBe(0);
    for (const name of filesIn(kept, '')) utimesSync(join(kept, name), 1, 1);
  }
  for (const [index, { directory }] of projects.entries()) {
    const server = await startAgentflow({ directory, env: { JWT_SECRET_KEY: secret } });
    expect((await send(`${server.url}${uploaded[index]}`, { token })).text).toBe('bread');
    expect(await server.stop()).toBe(0);
    expect(server.output()).toContain('other databases');
  }
  for (const project of projects) project.remove();
  rmSync(kept, { recursive: true });
});
