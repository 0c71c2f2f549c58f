import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { echoGraph, exampleGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';

/* Who may do what, by the configuration alone: roles in the file, a Casbin policy beside it, all of them in a list. */

interface Caller {
  readonly subject?: string;
  readonly roles?: readonly string[];
  readonly scope?: string;
}

function callers(server: Served) {
  const token = ({ subject = 'bob', roles, scope }: Caller) =>
    server.tokenFor(subject, { ...(roles && { roles }), ...(scope !== undefined && { scope }) });
  return {
    invoke: (caller: Caller) =>
      send(`${server.url}/v1/graph/invoke`, { token: token(caller), body: say('Hello', 'policy-test') }),
    threads: (caller: Caller) => send(`${server.url}/v1/threads`, { token: token(caller) }),
    me: async (caller: Caller): Promise<readonly string[]> => {
      const answer = await send(`${server.url}/v1/auth/me`, { token: token(caller) });
      expect(answer.status).toBe(200);
      return answer.body.permissions;
    },
  };
}

const roles = {
  method: 'roles',
  roles: { admin: ['*'], user: ['graph:*', 'checkpointer:read'], guest: ['graph:invoke'] },
};

const csv = `p, admin, *, *
p, user, graph, *
p, user, threads, read
p, guest, graph, invoke
p, suspended, *, *, deny
g, user:alice, admin
`;

describe.each<[string, object, Readonly<Record<string, string>>]>([
  ['roles', roles, {}],
  ['casbin', { method: 'casbin', policy: 'policy.csv' }, { 'policy.csv': csv }],
])('by %s', (method, authorization, files) => {
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization }, { files });
  const { invoke, threads, me } = callers(server);

  test('a guest may invoke, and on threads is told which permission is missing and nothing else', async () => {
    const guest = { roles: ['guest'] };
    expect((await invoke(guest)).status).toBe(200);
    const refused = await threads(guest);
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toBe('Forbidden');
    expect(refused.body.message).toBe('Forbidden: this needs the permission checkpointer:read.');
    expect(refused.headers.get('www-authenticate')).toContain('scope="checkpointer:read"');
    expect(refused.text).not.toMatch(/guest|policy\.csv|role/);
    expect(await me(guest)).toEqual(['graph:invoke']);
  });

  test('an administrator may do everything', async () => {
    const admin = { roles: ['admin'] };
    expect((await threads(admin)).status).toBe(200);
    expect(await me(admin)).toContain('policy:write');
  });

  test('who has no role, or one that is not known, may do nothing', async () => {
    for (const caller of [{}, { roles: ['stranger'] }, { roles: ['Admin'] }]) {
      expect((await invoke(caller)).status).toBe(403);
      expect(await me(caller)).toEqual([]);
    }
  });

  test('a subject that is called like a role has nothing from it', async () => {
    expect((await invoke({ subject: 'admin' })).status).toBe(403);
    expect((await threads({ subject: 'admin', roles: ['guest'] })).status).toBe(403);
    expect((await threads({ subject: 'guest', roles: ['admin'] })).status).toBe(200);
  });

  test('scopes narrow what a role gives, and never widen it', async () => {
    expect((await threads({ roles: ['admin'], scope: 'graph:invoke' })).status).toBe(403);
    expect((await threads({ roles: ['guest'], scope: '*' })).status).toBe(403);
    expect((await threads({ roles: ['admin'], scope: 'threads:read' })).status).toBe(200);
  });

  test('the start says which method decides', () => {
    expect(server.output()).toMatch(new RegExp(`authorize.*${method}`));
  });
});

describe('a Casbin policy', () => {
  const files = { 'policy.csv': csv };
  const authorization = { method: 'casbin', policy: 'policy.csv' };
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization }, { files });
  const { invoke, threads } = callers(server);

  test('a deny beats an allow, in whichever order the roles come', async () => {
    expect((await invoke({ roles: ['suspended', 'admin'] })).status).toBe(403);
    expect((await invoke({ roles: ['admin', 'suspended'] })).status).toBe(403);
    expect((await invoke({ roles: ['admin'] })).status).toBe(200);
  });

  test('a principal that the policy names has the role that it gives, and nobody has it who only claims the name', async () => {
    expect((await threads({ subject: 'alice' })).status).toBe(200);
    expect((await threads({ subject: 'bob', roles: ['user:alice'] })).status).toBe(403);
    expect((await threads({ subject: 'user:alice' })).status).toBe(403);
  });

  test('is changed without a restart, and a faulty change leaves the last good one in force', async () => {
    const file = join(server.directory, 'policy.csv');
    const replace = (text: string) => {
      writeFileSync(`${file}.next`, text);
      renameSync(`${file}.next`, file);
    };
    const guest = { roles: ['guest'] };
    expect((await threads(guest)).status).toBe(403);
    replace(`${readFileSync(file, 'utf8')}p, guest, threads, read\n`);
    await expect.poll(async () => (await threads(guest)).status, { timeout: 15_000 }).toBe(200);
    replace('p, guest, graf, invoke\n');
    await expect.poll(() => server.output(), { timeout: 15_000 }).toContain('the last good one still decides');
    expect((await threads(guest)).status).toBe(200);
    replace(csv);
    await expect.poll(async () => (await threads(guest)).status, { timeout: 15_000 }).toBe(403);
  });
});

describe('roles, Casbin and a class in one list: all must allow', () => {
  const server = serve(
    {
      agent: exampleGraph,
      auth: 'jwt',
      authorization: [
        { ...roles, inherits: { chief: ['admin'] }, roles: { ...roles.roles, chief: [], suspended: ['*'] } },
        { method: 'casbin', policy: 'policy.csv' },
        'auth.ts:NotMallory',
      ],
    },
    {
      files: {
        'policy.csv': csv,
        'auth.ts': `export class NotMallory {
  authorize(user) {
    if (user.user_id === 'trudy') throw new Error('no database');
    return user.user_id !== 'mallory';
  }
}`,
      },
    },
  );
  const { invoke } = callers(server);

  test.each<[string, Caller, number]>([
    ['all three allow', { roles: ['guest'] }, 200],
    ['the first denies', { subject: 'alice' }, 403],
    ['the second does not know the role', { roles: ['chief'] }, 403],
    ['the second denies by a rule', { roles: ['suspended'] }, 403],
    ['the third denies', { subject: 'mallory', roles: ['admin'] }, 403],
    ['the third throws', { subject: 'trudy', roles: ['admin'] }, 503],
    ['the first denies before the third throws', { subject: 'trudy' }, 403],
  ])('%s: %j is %i', async (_what, caller, expected) => {
    expect((await invoke(caller)).status).toBe(expected);
  });
});

describe('insecure-allow-all', () => {
  const server = serve({ agent: echoGraph, auth: 'jwt', authorization: 'insecure-allow-all' });
  const { me, threads } = callers(server);

  test('the start says it loudly', () => {
    expect(server.output()).toContain('INSECURE: \\"insecure-allow-all\\"');
  });

  test('everybody who is authenticated may do everything, and nobody else anything', async () => {
    expect(await me({})).toEqual(expect.arrayContaining(['graph:fix', 'graph:setup', 'policy:write']));
    expect((await send(`${server.url}/v1/threads`)).status).toBe(401);
  });

  test('scopes still narrow', async () => {
    expect(await me({ scope: 'graph:invoke session:read' })).toEqual(['graph:invoke', 'session:read']);
    expect((await threads({ scope: 'graph:invoke' })).status).toBe(403);
  });

  test("a thread is still its owner's", async () => {
    const { invoke } = callers(server);
    expect((await invoke({ subject: 'alice' })).status).toBe(200);
    const read = (subject: string) =>
      send(`${server.url}/v1/threads/policy-test/messages`, { token: server.tokenFor(subject) });
    expect((await read('alice')).status).toBe(200);
    expect((await read('bob')).status).toBe(404);
  });
});

describe("ownership with an administrator's role", () => {
  const authorization = { method: 'ownership', administrator_role: 'operator' };
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization });
  const { me } = callers(server);

  test('the role has every permission, and nobody else has more than ownership gives', async () => {
    expect(await me({ roles: ['operator'] })).toEqual(expect.arrayContaining(['graph:fix', 'policy:write']));
    for (const caller of [{ roles: ['admin'] }, { roles: ['administrator'] }, { subject: 'operator' }]) {
      const permissions = await me(caller);
      expect(permissions).toContain('graph:invoke');
      expect(permissions).not.toContain('graph:fix');
      expect(permissions).not.toContain('policy:write');
    }
  });
});

describe('the scopes of another vocabulary', () => {
  const server = serve({
    agent: exampleGraph,
    auth: 'jwt',
    scopes: {
      'workflow:trigger': ['graph:invoke', 'graph:stream'],
      'workflow:read': ['threads:read'],
      'workflow:none': [],
    },
  });
  const { invoke, threads, me } = callers(server);

  test.each<[string, number, number]>([
    ['workflow:trigger', 200, 403],
    ['workflow:read', 403, 200],
    ['workflow:trigger workflow:read', 200, 200],
    ['workflow:trigger threads:read', 200, 200],
    ['workflow:none', 403, 403],
    ['workflow:admin', 403, 403],
    ['workflow:*', 403, 403],
    ['Workflow:Trigger', 403, 403],
    ['constructor', 403, 403],
  ])('%s: invoke %i, threads %i', async (scope, invoking, listing) => {
    expect((await invoke({ scope })).status).toBe(invoking);
    expect((await threads({ scope })).status).toBe(listing);
  });

  test('what they stand for is what the caller is told', async () => {
    const scope = 'workflow:trigger session:read';
    expect(await me({ scope })).toEqual(['graph:invoke', 'graph:stream', 'session:read']);
  });
});

describe.each<[string, object]>([
  ['backend and role_scopes', { backend: 'rbac', role_scopes: roles.roles, default_scopes: ['graph:stream'] }],
  ['type and roles', { type: 'role_based', roles: { ...roles.roles, none: ['graph:stream'] }, default_role: 'none' }],
])("AgentFlow's spelling with %s", (_what, authorization) => {
  const server = serve({ agent: exampleGraph, auth: 'jwt', authorization: { ...authorization, isolation: 'owner' } });
  const { me } = callers(server);

  test('means the same roles', async () => {
    expect(await me({ roles: ['guest'] })).toEqual(['graph:invoke']);
    expect(await me({ roles: ['stranger'] })).toEqual([]);
    expect(await me({})).toEqual(['graph:stream']);
  });
});
