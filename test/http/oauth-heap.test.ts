import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { faultyProvider } from '../harness/faulty-provider.js';
import { createSecret, exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Security bar 25: what is remembered of tokens is no token. The memory of a server that has seen some is written to a file, and read. */

const provider = faultyProvider();
const directory = mkdtempSync(join(tmpdir(), 'agentflow-heap-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const server = serve(
  {
    agent: exampleGraph,
    auth: {
      ...{ method: 'oauth', cache: '10m', realm: 'here' },
      introspection: { url: '${ASK}', client_id: 'us', client_secret: '${CLIENT_SECRET}' },
    },
  },
  {
    env: {
      CLIENT_SECRET: createSecret(),
      NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${directory}`,
      get ASK() {
        return provider.introspectionUrl;
      },
    },
  },
);

/** Complete once it is JSON. */
function readSnapshot(): string | undefined {
  const [file] = readdirSync(directory);
  if (file === undefined) return undefined;
  const text = readFileSync(join(directory, file), 'latin1');
  return text.trimEnd().endsWith('}') ? text : undefined;
}

test('no token, good or bad, is in the memory of the server, and whose they are is', { timeout: 120_000 }, async () => {
  const names = Array.from({ length: 50 }, (_, index) => ({
    token: createSecret(),
    subject: `somebody-${index}-7c1f`,
  }));
  for (const { token, subject } of names) {
    provider.knows(token, { active: true, sub: subject, token_type: 'Bearer' });
    expect((await send(`${server.url}/v1/auth/me`, { token })).status).toBe(200);
  }
  const bad = Array.from({ length: 50 }, createSecret);
  for (const token of bad) expect((await send(`${server.url}/v1/auth/me`, { token })).status).toBe(401);
  // Whatever the last requests have left on their connections makes room for others.
  for (let index = 0; index < 200; index += 1) await send(`${server.url}/ping`);
  server.process.kill('SIGUSR2');
  await expect.poll(() => readSnapshot() !== undefined, { timeout: 90_000, interval: 500 }).toBe(true);
  const snapshot = readSnapshot() ?? '';
  expect(names.filter(({ subject }) => !snapshot.includes(subject))).toEqual([]);
  expect([...names.map(({ token }) => token), ...bad].filter((token) => snapshot.includes(token)).length).toBe(0);
});
