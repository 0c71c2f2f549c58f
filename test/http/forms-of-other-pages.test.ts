import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../harness/project.js';
import { type Served, serve } from '../harness/served.js';
import { filePart, formText, formType } from '../harness/uploads.js';

/* A browser lets any page send a form anywhere, without a preflight, and adds what it has kept: cookies and passwords. */

const auth = { method: 'custom', path: 'auth.ts:Kept' };
const agent = `${join(root, 'test/graphs/slow.ts')}:app`;
const files = {
  'auth.ts': `import { BaseAuth, type AuthenticationRequest } from 'agentflow';
export class Kept extends BaseAuth {
  authenticate({ headers }: AuthenticationRequest) {
    const cookie = headers.get('cookie') === 'session=alice';
    const password = headers.get('authorization') === 'Basic YWxpY2U6YQ==';
    const token = headers.get('authorization') === 'Bearer of-alice';
    return cookie || password || token ? { user_id: 'alice' } : null;
  }
}`,
};
const app = 'https://app.example.com';
const evil = 'https://evil.example';

type Fields = Readonly<Record<string, string>>;

function post(server: Served, path: string, headers: Fields, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: server.port, path, method: 'POST', headers }, (incoming) => {
      incoming.resume().on('end', () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.on('error', reject).end(body);
  });
}

const upload = (server: Served, headers: Fields) =>
  post(
    server,
    '/v1/files/upload',
    { 'Content-Type': formType, ...headers },
    formText([filePart('of-a-page.txt', 'bread')]),
  );
const ticket = (server: Served, headers: Fields) => post(server, '/v1/auth/ws-ticket', headers);

const kept: readonly Fields[] = [{ Cookie: 'session=alice' }, { Authorization: 'Basic YWxpY2U6YQ==' }];
const bearer = { Authorization: 'Bearer of-alice' };

describe('no page of another origin may call', () => {
  const server = serve({ agent, auth }, { files });

  test.each([
    [{ Origin: evil, 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ Origin: 'https://other.example.com', 'Sec-Fetch-Site': 'same-site' }, 403],
    [{ Origin: evil }, 401],
    [{ Origin: 'null' }, 401],
  ])('%j sends a form with what its browser has kept', async (page, status) => {
    for (const credential of kept) {
      expect(await upload(server, { ...page, ...credential })).toBe(status);
      expect(await ticket(server, { ...page, ...credential })).toBe(status);
    }
  });

  test('a program, its own pages, and those behind a proxy that changes the host bring it along', async () => {
    const own = `http://127.0.0.1:${server.port}`;
    const behind = { Origin: 'https://public.example.com', 'Sec-Fetch-Site': 'same-origin' };
    for (const page of [{}, { Origin: own }, { Origin: own, 'Sec-Fetch-Site': 'same-origin' }, behind]) {
      for (const credential of [...kept, bearer]) {
        expect(await upload(server, { ...page, ...credential })).toBe(200);
        expect(await ticket(server, { ...page, ...credential })).toBe(200);
      }
    }
  });

  test('no browser keeps a bearer token: where it does not say whose page asks, that counts', async () => {
    expect(await upload(server, { Origin: 'https://public.example.com', ...bearer })).toBe(200);
  });
});

describe('pages of one origin may', () => {
  const page = { Origin: app, 'Sec-Fetch-Site': 'cross-site' };

  describe('without what their browser has kept', () => {
    const server = serve({ agent, auth, cors: { origins: [app] } }, { files });
    test('they show a token that they have', async () => {
      for (const credential of kept) expect(await upload(server, { ...page, ...credential })).toBe(401);
      expect(await upload(server, { ...page, ...bearer })).toBe(200);
      expect(await upload(server, { ...page, Origin: evil, ...bearer })).toBe(403);
    });
  });

  describe('with it', () => {
    const server = serve({ agent, auth, cors: { origins: [app], credentials: true } }, { files });
    test('it counts', async () => {
      for (const credential of kept) expect(await upload(server, { ...page, ...credential })).toBe(200);
      for (const credential of kept) expect(await upload(server, { ...page, Origin: evil, ...credential })).toBe(403);
    });
  });
});
