import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { echoGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* A policy that is broken while it is served: the last good one decides for a while, then nobody is let in, until it is mended. */

const policy = 'p, guest, graph, invoke\n';
const mended = 'p, guest, graph, invoke\np, guest, threads, read\n';
const patient = { timeout: 30_000, interval: 50 };

describe.each<[string, (file: string) => void, RegExp]>([
  ['faulty', (file) => replace(file, 'p, guest, graf, invoke\np, guest, threads, *\n'), /no resource \\"graf\\"/],
  ['gone', (file) => rmSync(file), /the file does not exist/],
])('a policy that is %s', (_what, spoil, reason) => {
  const authorization = { method: 'casbin', policy: 'policy.csv', reload_interval: 0.2, max_staleness: '6s' };
  const server = serve({ agent: echoGraph, auth: 'jwt', authorization }, { files: { 'policy.csv': policy } });
  const token = () => server.tokenFor('gina', { roles: ['guest'] });
  const invoke = () => send(`${server.url}/v1/graph/invoke`, { token: token(), body: say('Hello', 'stale') });
  const threads = () => send(`${server.url}/v1/threads`, { token: token() });
  const ready = () => send(`${server.url}/ready`);
  const statuses = async () => [(await ready()).status, (await invoke()).status, (await threads()).status];

  test('decides as before, then not at all, and again once it is mended', { timeout: 90_000 }, async () => {
    const file = join(server.directory, 'policy.csv');
    expect(await statuses()).toEqual([200, 200, 403]);

    spoil(file);
    await expect.poll(() => server.output(), patient).toContain('the last good one still decides');
    expect(await statuses()).toEqual([200, 200, 403]);

    await expect.poll(async () => (await ready()).status, patient).toBe(503);
    expect((await ready()).body).toEqual({ status: 'unavailable' });
    for (const refused of [
      await invoke(),
      await threads(),
      await send(`${server.url}/v1/auth/me`, { token: token() }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
      expect(refused.text).not.toMatch(/policy|stale|graf/);
    }
    // Who is asking is still asked first; the process itself is well.
    expect((await send(`${server.url}/v1/threads`)).status).toBe(401);
    expect((await send(`${server.url}/health`)).status).toBe(200);

    replace(file, mended);
    await expect.poll(async () => (await ready()).status, patient).toBe(200);
    expect((await ready()).body).toEqual({ status: 'ready' });
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  test('says so in the log, and the reason stands in the audit trail', async () => {
    const lines = () => server.output().split('\n');
    await expect.poll(() => server.output(), patient).toContain('casbin is ready again');
    const once = (text: string) =>
      expect([text, lines().filter((line) => line.includes(text)).length]).toEqual([text, 1]);
    once('the last good one still decides');
    once('the policy has been out of date for too long');
    once('casbin is not ready to decide');
    once('the policy is mended');
    once('casbin is ready again');
    const audited = lines().filter((line) => line.includes('"audit"') && line.includes('max_staleness'));
    expect(audited).toHaveLength(3);
    for (const line of audited) expect(line).toMatch(reason);
  });
});

function replace(file: string, text: string): void {
  writeFileSync(`${file}.next`, text);
  renameSync(`${file}.next`, file);
}
