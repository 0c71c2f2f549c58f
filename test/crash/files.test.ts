import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases } from '../harness/databases.js';
import { createProject, createSecret, echoGraph } from '../harness/project.js';
import { head } from '../harness/raw-request.js';
import { send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';
import { filePart, filesIn, formText, formType, upload } from '../harness/uploads.js';

/* A process that dies in the middle of an upload leaves nothing that anybody sees, and what it left is cleared away. */

describeOnDatabases((createDatabase) => {
  test('killed in the middle of an upload', { timeout: 60_000 }, async () => {
    const database = await createDatabase();
    const where = database.configuration;
    const secret = createSecret();
    const project = createProject({
      'agentflow.json': { agent: echoGraph, auth: 'jwt', files: { quota: '26MB' }, ...(where && { database: where }) },
    });
    const start = () => startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
    const token = tokenFor('alice', secret);
    const here = () => filesIn(project.directory);
    const folder = join(project.directory, '.agentflow/files');

    const first = await start();
    const kept = await upload(first.url, token, { name: 'kept.txt', bytes: 'kept' });
    const id: string = kept.body.data.file_id;
    await beginUpload(first, token);
    await expect.poll(() => here().filter((name) => name.startsWith('arriving'))).toHaveLength(1);
    expect(await first.stop('SIGKILL')).toBeNull();

    const second = await start();
    expect(await (await fetch(`${second.url}${kept.body.data.direct_url}`)).text()).toBe('kept');
    // What was never whole takes up none of its sender's room.
    expect((await upload(second.url, token, { name: 'large.txt', bytes: 'x'.repeat(25 * 1024 * 1024) })).status).toBe(
      200,
    );
    expect(await second.stop()).toBe(0);

    // Bytes whose row was never written, an hour ago and just now; the same hour has passed for what was arriving, and for what is kept.
    const [old, young] = ['aa'.repeat(16), 'bb'.repeat(16)];
    for (const one of [old, young]) {
      mkdirSync(join(folder, one.slice(0, 2)), { recursive: true });
      writeFileSync(join(folder, one.slice(0, 2), one), 'nobody asked for this');
    }
    writeFileSync(join(folder, 'notes of the operator'), 'not ours');
    const anHourAgo = new Date(Date.now() - 61 * 60 * 1000);
    for (const name of here()) if (!name.includes(young)) utimesSync(join(folder, name), anHourAgo, anHourAgo);

    const third = await start();
    await expect.poll(() => here().filter((name) => name.startsWith('arriving'))).toEqual([]);
    await expect.poll(() => existsSync(join(folder, 'aa', old))).toBe(false);
    expect(existsSync(join(folder, 'bb', young))).toBe(true);
    expect(existsSync(join(folder, 'notes of the operator'))).toBe(true);
    expect((await send(`${third.url}/v1/files/${old}`, { token })).status).toBe(404);
    expect(await (await fetch(`${third.url}${kept.body.data.direct_url}`)).text()).toBe('kept');
    expect(here().filter((name) => name.includes(id))).toHaveLength(1);
    expect(await third.stop()).toBe(0);
    project.remove();
    await database.remove();
  });
});

async function beginUpload(server: RunningAgentflow, token: string): Promise<void> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const lines = [`Authorization: Bearer ${token}`, `Content-Type: ${formType}`, 'Content-Length: 5000000'];
  socket.write(
    head('POST', '/v1/files/upload', lines) +
      formText([filePart('half.txt', 'x'.repeat(1_000_000))], '').slice(0, -100),
  );
}

test.skipIf(process.platform !== 'linux')(
  'a hundred uploads at once are not held in memory',
  { timeout: 120_000 },
  async () => {
    const secret = createSecret();
    const project = createProject({ 'agentflow.json': { agent: echoGraph, auth: 'jwt' } });
    const server = await startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
    const memory = (field: string) => {
      const status = readFileSync(`/proc/${server.process.pid}/status`, 'utf8');
      return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    };
    const before = memory('VmRSS');
    const bytes = new Uint8Array(3 * 1024 * 1024).fill(120);
    const token = tokenFor('alice', secret);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => upload(server.url, token, { name: 'x.txt', bytes })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    // Three hundred megabytes have come in; held, it would show.
    expect(memory('VmHWM') - before).toBeLessThan(150);
    expect(await server.stop()).toBe(0);
    project.remove();
  },
);
