import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nginxIsHere, type RunningNginx, startNginx } from '../harness/nginx.js';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Behind a reverse proxy, by the configuration of examples/behind-nginx. Skipped, and counted as such, where there is no nginx. */

describe.skipIf(!nginxIsHere)('behind nginx', () => {
  let nginx: RunningNginx;
  const server = serve(
    { agent: `${root}/test/graphs/slow.ts:app`, auth: 'jwt', trusted_proxies: ['127.0.0.1'] },
    {
      prepare: async ({ port }) => {
        nginx = await startNginx(port);
      },
    },
  );
  afterAll(() => nginx.stop());
  let token: string;
  beforeAll(() => {
    token = server.tokenFor('alice');
  });

  test('what is allowed is answered, and what is not is refused, with its challenge and its id', async () => {
    const allowed = await send(`${nginx.url}/v1/auth/me`, { token });
    expect([allowed.status, allowed.body.user_id]).toEqual([200, 'alice']);
    const refused = await send(`${nginx.url}/v1/auth/me`);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="agentflow"']);
    expect(refused.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  });

  test('the address is what nginx has seen, whatever the client says', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.66', Authorization: `Bearer ${token}` };
    const id = await askFrom('127.0.0.2', `${nginx.url}/v1/threads`, headers);
    const audited = () =>
      server
        .output()
        .split('\n')
        .find((line) => line.includes(id) && line.includes('"audit"'));
    await expect.poll(audited).toContain('"address":"127.0.0.2"');
  });

  test('a stream comes as it is told, not at its end', async () => {
    const response = await fetch(`${nginx.url}/v1/graph/stream`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(say('bread: 100 steps of 100 ms', 'kitchen', { recursion_limit: 100 })),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let received = '';
    while (!received.includes('step 2')) received += new TextDecoder().decode((await reader.read()).value);
    expect(received).not.toContain('step 100');
    // Whoever has gone is gone here too: the run ends, and its thread is free.
    await reader.cancel();
    const again = await send(`${nginx.url}/v1/graph/invoke`, { token, body: say('soup: 1 steps of 0 ms', 'kitchen') });
    expect(again.status).toBe(200);
  });
});

/** As another machine would; the id of the request. */
function askFrom(localAddress: string, url: string, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { localAddress, headers }, (response) => {
      response.resume().once('end', () => resolve(String(response.headers['x-request-id'])));
    });
    asked.once('error', reject).end();
  });
}
