import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, exampleGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { serve } from '../harness/served.js';

/* Security bar 46, 51, 74: whose address a request has, behind proxies and in front of them. */

const addressTeller = `
export class Teller {
  authenticate(request) {
    return { user_id: 'somebody', seen_from: request.address };
  }
}
export class ByAddress {
  authorize(user, resource, action, id, context) {
    return context.address !== '203.0.113.66';
  }
}`;

const configuration = {
  agent: exampleGraph,
  auth: { method: 'custom', path: './teller.ts:Teller' },
  authorization: './teller.ts:ByAddress',
};
const files = { 'teller.ts': addressTeller };

type Server = ReturnType<typeof serve>;

const patient = { timeout: 20_000 };

/** The audit line of a request, by the id that its answer has. It may come a moment after the answer. */
function auditOf(server: Server, answer: string): Promise<Readonly<Record<string, unknown>>> {
  const id = /x-request-id: ([\da-f-]{36})/i.exec(answer)?.[1] ?? 'none';
  return vi.waitFor(() => {
    const line = server
      .output()
      .split('\n')
      .find((one) => one.includes(id) && one.includes('"audit"'));
    return JSON.parse(line ?? 'none').audit;
  }, patient);
}

async function ask(server: Server, lines: readonly string[], target = '/v1/auth/me') {
  const { status, text } = await sendRaw(server.port, head('GET', target, ['Connection: close', ...lines]));
  const audited = (await auditOf(server, text))['address'];
  const seenFrom = /"seen_from":"([^"]*)"/.exec(text)?.[1];
  return {
    status,
    seenFrom,
    audited,
    hsts: /strict-transport-security/i.test(text),
  };
}

describe('with this machine and 10/8 as trusted proxies', () => {
  const server = serve({ ...configuration, trusted_proxies: ['127.0.0.1', '10.0.0.0/8'] }, { files });

  test.each<readonly [string, readonly string[], string]>([
    ['no proxy', [], '127.0.0.1'],
    ['one', ['X-Forwarded-For: 203.0.113.7'], '203.0.113.7'],
    ['two, and a forged address', ['X-Forwarded-For: 1.1.1.1, 203.0.113.7, 10.0.0.2'], '203.0.113.7'],
    ['nonsense', ['X-Forwarded-For: 1.1.1.1, nonsense'], '127.0.0.1'],
    ['mapped into IPv6', ['X-Forwarded-For: ::ffff:203.0.113.7'], '203.0.113.7'],
    ['the other header', ['Forwarded: for=203.0.113.7', 'X-Real-IP: 203.0.113.8'], '127.0.0.1'],
  ])('%s: plugin and audit trail see the same address', async (_what, lines, expected) => {
    const { status, seenFrom, audited } = await ask(server, lines);
    expect([status, seenFrom, audited]).toEqual([200, expected, expected]);
  });

  test('a policy decides about the client, not about the proxy', async () => {
    const statusFrom = async (address: string) =>
      (await ask(server, [`X-Forwarded-For: ${address}`], '/v1/threads')).status;
    expect([await statusFrom('203.0.113.66'), await statusFrom('203.0.113.67')]).toEqual([403, 200]);
  });

  test('what is refused before it is read is audited with that address too', async () => {
    const lines = ['X-Forwarded-For: 203.0.113.7', 'Authorization: Bearer a', 'Authorization: Bearer b'];
    expect(await ask(server, lines)).toMatchObject({ status: 400, audited: '203.0.113.7' });
  });

  test.each([
    ['https', 'X-Forwarded-Proto: https', true],
    ['http', 'X-Forwarded-Proto: http', false],
    ['what the client has written on the left', 'X-Forwarded-Proto: https, http', false],
  ])('HSTS where the proxy says %s', async (_what, line, expected) => {
    expect((await ask(server, [line])).hsts).toBe(expected);
    expect((await ask(server, [line], '/nowhere')).hsts).toBe(expected);
  });
});

describe('with the standard header', () => {
  const trusted = { addresses: ['127.0.0.0/8'], header: 'Forwarded' };
  const server = serve({ ...configuration, trusted_proxies: trusted }, { files });

  test.each([
    ['Forwarded: for="[2001:db8::7]:4711";proto=https', '2001:db8::7', true],
    ['X-Forwarded-For: 203.0.113.7', '127.0.0.1', false],
  ])('%s', async (line, expected, secure) => {
    expect(await ask(server, [line])).toMatchObject({ seenFrom: expected, audited: expected, hsts: secure });
  });
});

describe('without any', () => {
  const server = serve(configuration, { files });

  test('nobody is believed', async () => {
    const lines = ['X-Forwarded-For: 203.0.113.7', 'Forwarded: for=203.0.113.7', 'X-Forwarded-Proto: https'];
    expect(await ask(server, lines)).toEqual({
      ...{ status: 200, seenFrom: '127.0.0.1', audited: '127.0.0.1', hsts: false },
    });
  });

  test('what is no HTTP is answered like everything else, and audited', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(server.port, '127.0.0.1', () => socket.write('\u0016\u0003\u0001 nonsense\r\n\r\n'));
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    for (const field of [
      'X-Content-Type-Options: nosniff',
      'Cache-Control: no-store',
      "default-src 'none'",
      'no-referrer',
    ])
      expect(text).toContain(field);
    expect(text).not.toMatch(/strict-transport-security/i);
    expect(await auditOf(server, text)).toMatchObject({
      ...{ address: '127.0.0.1', status: 400, outcome: 'refused', code: 'BAD_REQUEST', route: null, principal: null },
      reason: expect.stringContaining('not an HTTP request'),
    });
  });

  test('a header that is too large is audited as well', async () => {
    const { status, text } = await sendRaw(server.port, head('GET', '/ping', [`X-Large: ${'x'.repeat(20_000)}`]));
    expect(status).toBe(431);
    expect(await auditOf(server, text)).toMatchObject({ status: 431, code: 'HEADERS_TOO_LARGE' });
  });
});

describe('what the start says', () => {
  async function check(more: object) {
    const project = createProject({ 'agentflow.json': { ...configuration, ...more }, ...files });
    const { code, output } = await runAgentflow(['check'], { directory: project.directory });
    project.remove();
    return { code, output };
  }

  test('too wide a network is refused, and every other fault beside it is told', async () => {
    const { code, output } = await check({ trusted_proxies: ['0.0.0.0/0', 'proxy.local'], cors: { origins: ['*/'] } });
    expect(code).toBe(2);
    expect(output).toContain('"0.0.0.0/0" is so wide');
    expect(output).toContain('insecure_trust_all_proxies');
    expect(output).toContain('"proxy.local" is neither an address nor a network');
    expect(output).toContain('"*/" is not an origin');
  });
});
