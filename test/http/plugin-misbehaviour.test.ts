import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { amongInnocents } from '../harness/innocents.js';
import { createProject, exampleGraph, type Project } from '../harness/project.js';
import { say, send } from '../harness/requests.js';

/*
 * Plugins that throw, hang, or answer nonsense let nobody in, and trouble nobody else. One plugin of each kind, which
 * misbehaves as a header says; without the header it is the positive twin.
 */

const authentication = `import { BaseAuth, type AuthenticationRequest } from 'agentflow';

const user = { user_id: 'alice', role: 'user' };

export class Auth extends BaseAuth {
  authenticate(request: AuthenticationRequest): any {
    switch (request.headers.get('X-Case')) {
      case 'null': return null;
      case 'undefined': return undefined;
      case 'promised null': return Promise.resolve(null);
      case 'empty': return {};
      case 'no id': return { role: 'admin' };
      case 'id is a number': return { user_id: 42 };
      case 'id is a list': return { user_id: ['alice'] };
      case 'id is an object': return { user_id: { toString: () => 'alice' } };
      case 'id is empty': return { user_id: '' };
      case 'roles are a number': return { user_id: 'alice', roles: 7 };
      case 'text': return 'alice';
      case 'true': return true;
      case 'list': return [user];
      case 'class instance': return new (class Alice { user_id = 'alice' })();
      case 'thenable without end': return { then: () => undefined };
      case 'throws': throw new Error('no database');
      case 'throws no error': throw 'alice';
      case 'rejects': return Promise.reject(new Error('no database'));
      case 'hangs': return new Promise(() => undefined);
      case 'changes the headers': request.headers.set('X-Case', 'fine'); return user;
      case 'changes the request': (request as any).method = 'GET'; return user;
      case 'hands the key on': return request.headers.get('X-API-Key') !== 'right-key-0123456789' ? null : { ...user, key: request.headers.get('X-API-Key'), nested: { k: [request.headers.get('X-API-Key')] }, email: 'a@b' };
      default: {
        const name = request.headers.get('X-User') ?? 'alice';
        return request.headers.get('X-API-Key') === 'right-key-0123456789' ? { ...user, user_id: name } : null;
      }
    }
  }
}
`;

const authorization = `import { appendFileSync } from 'node:fs';
import { AuthorizationBackend } from 'agentflow';

export class Authorization extends AuthorizationBackend {
  authorize(user: any, resource: string, action: string, _id?: string, context?: any): any {
    appendFileSync(process.env.CALLS!, user.user_id + ' ' + resource + ':' + action + '\\n');
    switch (user.wants) {
      case 'true later': return Promise.resolve(true);
      case 'decision': return { effect: 'allow', reason: 'because' };
      case 'false': return false;
      case 'denial': return { effect: 'deny', reason: 'secret reason' };
      case 'yes': return 'yes';
      case '1': return 1;
      case 'undefined': return undefined;
      case 'null': return null;
      case 'effect alone': return { effect: 'allow' };
      case 'unknown effect': return { effect: 'maybe', reason: 'x' };
      case 'throws': throw new Error('no database');
      case 'rejects': return Promise.reject(new Error('no database'));
      case 'hangs': return new Promise(() => undefined);
      case 'changes the user': user.roles.push('admin'); return true;
      default: return true;
    }
  }
}

export class Wants {
  authenticate(request: any) {
    return { user_id: request.headers.get('X-User') ?? 'alice', wants: request.headers.get('X-Wants') ?? 'true' };
  }
}
`;

let project: Project;
const servers: RunningAgentflow[] = [];

async function start(file: string, configuration: object): Promise<RunningAgentflow> {
  project.write(file, { agent: exampleGraph, ...configuration });
  const env = { CALLS: join(project.directory, `${file}.calls`) };
  const server = await startAgentflow({ directory: project.directory, args: ['api', '--config', file], env });
  servers.push(server);
  return server;
}

const callsOf = (file: string) => {
  const calls = join(project.directory, `${file}.calls`);
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n').filter(Boolean) : [];
};

beforeAll(() => {
  project = createProject({ 'auth.ts': authentication, 'authz.ts': authorization });
});

afterAll(async () => {
  for (const server of servers) expect(await server.stop()).toBe(0);
  project.remove();
});

describe('authentication', () => {
  let server: RunningAgentflow;
  const key = { 'X-API-Key': 'right-key-0123456789' };
  const ask = (headers: Readonly<Record<string, string>>) => send(`${server.url}/v1/threads`, { headers });

  beforeAll(async () => {
    const auth = { method: 'custom', path: 'auth.ts:Auth', deadline: '1s' };
    server = await start('authentication.json', { auth, authorization: 'authz.ts:Authorization' });
  });

  const cases: readonly (readonly [string, number])[] = [
    ...['null', 'undefined', 'promised null', 'empty'].map((name) => [name, 401] as const),
    ...[
      'no id',
      'id is a number',
      'id is a list',
      'id is an object',
      'id is empty',
      'roles are a number',
      'text',
      'true',
      'list',
      'class instance',
      'thenable without end',
      'throws',
      'throws no error',
      'rejects',
      'hangs',
      'changes the headers',
      'changes the request',
    ].map((name) => [name, 503] as const),
  ];

  test.each(cases)('%s: %i, and authorization is not asked', async (name, expected) => {
    // Whoever comes while the plugin misbehaves is not troubled.
    const { answer: bad, innocents } = await amongInnocents(
      server.url,
      (user) => ({ ...key, 'X-User': user }),
      () => ask({ 'X-Case': name, ...key }),
    );
    expect([bad.status, innocents.served]).toEqual([expected, innocents.asked]);
    expect(bad.body.code).toBe(expected === 401 ? 'AUTH_REQUIRED' : 'UNAVAILABLE');
    expect(bad.headers.get('www-authenticate') === null).toBe(expected === 503);
    expect(bad.text).not.toMatch(/no database|auth\.ts|at /);
    const calls = callsOf('authentication.json');
    expect(calls.filter((call) => call.startsWith('alice '))).toEqual([]);
    expect(calls.filter((call) => call.startsWith('innocent-')).length).toBeGreaterThanOrEqual(innocents.asked);
  });

  test('the key that a plugin hands on reaches neither the graph nor the caller, and the log says so', async () => {
    const headers = { 'X-Case': 'hands the key on', ...key };
    const me = await send(`${server.url}/v1/auth/me`, { headers });
    expect(me.body.claims).toEqual({ email: 'a@b' });
    const answer = await send(`${server.url}/v1/graph/invoke`, { headers, body: say('Who am I?') });
    expect(answer.status).toBe(200);
    expect(answer.text + server.output()).not.toContain(key['X-API-Key']);
    await expect.poll(() => server.output()).toContain('dropped, so that no graph or log sees it');
  });

  test('every refusal has its reason in the log', () => {
    expect(server.output()).toContain('auth.ts:Auth: no database');
    expect(server.output()).toContain('did not answer within 1000 ms');
  });
});

describe('authorization', () => {
  let server: RunningAgentflow;
  const ask = (wants: string) => send(`${server.url}/v1/threads`, { headers: { 'X-Wants': wants } });

  beforeAll(async () => {
    const authorizationOptions = { method: 'custom', path: 'authz.ts:Authorization', deadline: '1s' };
    const auth = { method: 'custom', path: 'authz.ts:Wants' };
    server = await start('authorization.json', { auth, authorization: authorizationOptions });
  });

  test.each([
    ['true', 200],
    ['true later', 200],
    ['decision', 200],
    ['false', 403],
    ['denial', 403],
    ['yes', 503],
    ['1', 503],
    ['undefined', 503],
    ['null', 503],
    ['effect alone', 503],
    ['unknown effect', 503],
    ['throws', 503],
    ['rejects', 503],
    ['hangs', 503],
    ['changes the user', 503],
  ])('%s: %i', async (wants, expected) => {
    const { answer, innocents } = await amongInnocents(
      server.url,
      (user) => ({ 'X-User': user }),
      () => ask(wants),
    );
    expect([answer.status, innocents.served]).toEqual([expected, innocents.asked]);
    if (expected === 403) expect(answer.body.message).toBe('Forbidden: this needs the permission checkpointer:read.');
    expect(answer.text).not.toMatch(/secret reason|no database|authz\.ts/);
  });
});

test("the guide's RoleBasedAuthorization: a guest may invoke, and gets 403 on threads", async () => {
  project.write(
    'roles.ts',
    `import { AuthorizationBackend, type User } from 'agentflow';

export class RoleBasedAuthorization extends AuthorizationBackend {
  async authorize(user: User, resource: string, action: string) {
    const permissions: Record<string, Record<string, string[]>> = {
      admin: { graph: ['invoke', 'stream', 'stop', 'setup'], checkpointer: ['read', 'write', 'delete'], store: ['read', 'write'] },
      user: { graph: ['invoke', 'stream'], checkpointer: ['read'], store: ['read'] },
      guest: { graph: ['invoke'], checkpointer: [], store: [] },
    };
    return permissions[user.role ?? 'guest']?.[resource]?.includes(action) ?? false;
  }
}

export class ByHeader {
  authenticate(request: any) {
    return { user_id: 'somebody', role: request.headers.get('X-Role') };
  }
}
`,
  );
  const auth = { method: 'custom', path: 'roles.ts:ByHeader' };
  const server = await start('roles.json', { auth, authorization: 'roles:RoleBasedAuthorization' });
  const as = (role: string) => ({ headers: { 'X-Role': role } });
  expect((await send(`${server.url}/v1/graph/invoke`, { ...as('guest'), body: say('Hello') })).status).toBe(200);
  expect((await send(`${server.url}/v1/threads`, as('guest'))).status).toBe(403);
  expect((await send(`${server.url}/v1/threads`, as('user'))).status).toBe(200);
  const me = await send(`${server.url}/v1/auth/me`, as('guest'));
  expect(me.body.permissions).toEqual(['graph:invoke']);
});
