import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openEmbedded } from '../harness/embedded-database.js';
import { useSecret } from '../harness/leaks/used-secrets.js';
import {
  administrator,
  administratorEnvironment,
  asAdministrator,
  createPassword,
  createPerson,
  type Person,
  signIn,
  statusOf,
  tryRefresh,
  trySignIn,
} from '../harness/people.js';
import { echoGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Users, for administrators of their tenant, and for nobody else; and what goes with a user. */

const auth = ['login', { method: 'api_key', issued: true }];
const configuration = { agent: echoGraph, auth, trusted_proxies: ['127.0.0.1'] };
const server = serve(configuration, { env: administratorEnvironment });

const ask = (token: string, path: string, method = 'GET', body?: object) =>
  send(`${server.url}${path}`, { token, method, ...(body && { body }) });
const root = () => signIn(server.url, administrator);

describe('an administrator', () => {
  test('makes, reads, lists, changes and deletes users', async () => {
    const { token } = await root();
    const password = createPassword();
    const made = await ask(token, '/v1/users', 'POST', { username: 'Ann', password, roles: ['user', 'user'] });
    const ann = {
      ...{ id: expect.stringMatching(/^usr_[a-z2-7]{20}$/), username: 'Ann', tenant: 'default', roles: ['user'] },
      ...{ disabled: false, createdAt: expect.any(String), updatedAt: expect.any(String), lastSignInAt: null },
    };
    expect([made.status, made.body]).toEqual([200, ann]);
    expect(made.text).not.toContain('argon2');
    const path = `/api/v1/users/${made.body.id}`;
    expect((await ask(token, path)).body).toEqual(ann);
    expect((await trySignIn(server.url, { username: 'ann', password })).status).toBe(200);
    expect((await ask(token, path)).body.lastSignInAt).toMatch(/Z$/);
    const changed = await ask(token, path, 'PUT', { username: 'anna', roles: ['writer'] });
    expect(changed.body).toMatchObject({ id: made.body.id, username: 'anna', roles: ['writer'] });
    expect((await trySignIn(server.url, { username: 'ann', password })).status).toBe(401);
    expect((await trySignIn(server.url, { username: 'anna', password })).status).toBe(200);

    for (const username of ['ben', 'cleo']) {
      // The latest is listed first: of two of one millisecond, either.
      await sleep(2);
      await ask(token, '/v1/users', 'POST', { username });
    }
    const first = (await ask(token, '/v1/users?limit=2')).body;
    expect(first.users.map(({ username }: Person) => username)).toEqual(['cleo', 'ben']);
    const rest = (await ask(token, `/v1/users?limit=100&cursor=${first.next}`)).body;
    expect(rest.users.map(({ username }: Person) => username)).toEqual(['anna', 'root']);
    expect(rest.next).toBeNull();

    const named = async (query: string) => {
      const { body } = await ask(token, `/v1/users?${query}`);
      return [body.users.map(({ username }: Person) => username), body.next];
    };
    expect(await named('username=BEN&limit=1')).toEqual([['ben'], null]);
    expect(await named('username=be')).toEqual([[], null]);
    expect(await named('username=&limit=1')).toEqual([['cleo'], expect.any(String)]);

    expect((await ask(token, path, 'DELETE')).body).toEqual({ deleted: true });
    expect((await ask(token, path)).status).toBe(404);
    expect((await ask(token, path, 'DELETE')).status).toBe(404);
    expect((await trySignIn(server.url, { username: 'anna', password })).status).toBe(401);
  });

  test.each([
    ['a name that is taken', { username: 'ROOT' }, ['body', 'username']],
    ['a name with a space', { username: 'a b' }, ['body', 'username']],
    ['a name with a colon', { username: 'a:b' }, ['body', 'username']],
    ['no name', { username: '' }, ['body', 'username']],
    ['a role that would be a principal', { username: 'x', roles: ['user:root'] }, ['body', 'roles']],
    ['several roles in one text', { username: 'x', roles: ['user,admin'] }, ['body', 'roles']],
    ['a role with a space', { username: 'x', roles: ['user admin'] }, ['body', 'roles']],
    ['a role that would be everybody', { username: 'x', roles: ['*'] }, ['body', 'roles']],
    ['a role with a character that shows nothing', { username: 'x', roles: ['us\u200ber'] }, ['body', 'roles', 0]],
    ['a role that turns the direction', { username: 'x', roles: ['user\u202e'] }, ['body', 'roles', 0]],
    ['roles that are no list', { username: 'x', roles: 'admin' }, ['body', 'roles']],
    ['a weak password', { username: 'x', password: '12345678' }, ['body', 'password']],
  ])('cannot make one with %s', async (_what, body, loc) => {
    const { token } = await root();
    const answer = await ask(token, '/v1/users', 'POST', body);
    expect([answer.status, answer.body.error?.details[0]?.loc]).toEqual([422, loc]);
  });

  test('is told of a key that there is none of, and nothing is done', async () => {
    const { token } = await root();
    const person = await createPerson(server.url, 'typo');
    const path = `/v1/users/${person.id}`;
    const newPassword = createPassword();
    for (const [place, method, body, key] of [
      ['/v1/users', 'POST', { username: 'typo-2', role: ['admin'] }, 'role'],
      [path, 'PUT', { disable: true }, 'disable'],
      [path, 'PUT', { disabled: true, Roles: [] }, 'Roles'],
      [`${path}/password`, 'POST', { newPassword, password: newPassword }, 'password'],
    ] as const) {
      const answer = await ask(token, place, method, body);
      expect([answer.status, answer.body.error?.details]).toEqual([
        422,
        [
          {
            loc: ['body', key],
            msg: expect.stringMatching(/^is not known here\. (?:Did you mean|Known here:)/),
            type: 'unrecognized_keys',
          },
        ],
      ]);
    }
    expect((await trySignIn(server.url, person)).status).toBe(200);
    expect((await ask(token, path, 'PUT', { disabled: true })).body).toMatchObject({ disabled: true });
    expect((await trySignIn(server.url, person)).status).toBe(401);
  });

  test('gives themselves another password only where everybody does, by saying the current one', async () => {
    const [chief, other] = await Promise.all(
      ['chief', 'other'].map((name) => createPerson(server.url, name, ['admin'])),
    );
    if (chief === undefined || other === undefined) throw new Error('they were made');
    const { token } = await signIn(server.url, chief);
    const newPassword = createPassword();
    const own = await ask(token, `/v1/users/${chief.id}/password`, 'POST', { newPassword });
    expect([own.status, own.body.message]).toEqual([409, expect.stringContaining('POST /v1/auth/password')]);
    expect(await statusOf(server.url, token)).toBe(200);
    expect((await trySignIn(server.url, { ...chief, password: newPassword })).status).toBe(401);
    expect((await trySignIn(server.url, chief)).status).toBe(200);
    expect((await ask(token, `/v1/users/${other.id}/password`, 'POST', { newPassword })).status).toBe(200);
    expect((await trySignIn(server.url, { ...other, password: newPassword })).status).toBe(200);
    const change = { currentPassword: chief.password, newPassword: createPassword() };
    expect((await ask(token, '/v1/auth/password', 'POST', change)).status).toBe(200);
  });

  test('turns out others and not themselves, so that one always remains', async () => {
    const { token } = await root();
    const { body: me } = await ask(token, '/v1/auth/me');
    const own = `/v1/users/${me.subject}`;
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PUT', { disabled: true }],
      ['PUT', { roles: ['user'] }],
      ['PUT', { roles: [], username: 'nobody' }],
    ] as const) {
      const { status, body: told } = await ask(token, own, method, body);
      expect([status, told.message]).toEqual([409, expect.stringContaining('agentflow users')]);
    }
    expect((await ask(token, own, 'PUT', { username: 'Root', disabled: false })).body).toMatchObject({
      ...{ username: 'Root', roles: me.roles, disabled: false },
    });
    expect((await ask((await root()).token, own, 'PUT', { username: administrator.username })).status).toBe(200);

    const { token: now } = await root();
    const second = await createPerson(server.url, 'second', ['admin']);
    const other = await signIn(server.url, second);
    expect((await ask(other.token, own, 'PUT', { roles: ['user'] })).body.roles).toEqual(['user']);
    expect((await ask(other.token, own, 'PUT', { roles: me.roles })).body.roles).toEqual(me.roles);
    expect(await statusOf(server.url, now)).toBe(401);
    expect((await ask((await root()).token, `/v1/users/${second.id}`, 'DELETE')).status).toBe(200);
  });

  test('reaches their own tenant alone', async () => {
    const { token } = await root();
    expect((await ask(token, '/v1/users', 'POST', { username: 'far', tenant: 'elsewhere' })).status).toBe(403);
    const { id } = await createPerson(server.url, 'near');
    const byName = async () => (await ask(token, '/v1/users?username=near')).body;
    expect(await byName()).toMatchObject({ users: [{ id }], next: null });
    // As the command line would have made them.
    const database = openEmbedded(server.directory);
    database.prepare("update users set tenant = 'elsewhere' where user_id = ?").run(id);
    database.close();
    expect(await byName()).toEqual({ users: [], next: null });
    for (const [path, method, body] of [
      [`/v1/users/${id}`, 'GET'],
      [`/v1/users/${id}`, 'PUT', { roles: ['admin'] }],
      [`/v1/users/${id}`, 'DELETE'],
      [`/v1/users/${id}/password`, 'POST', { newPassword: createPassword() }],
      [`/v1/users/${id}/sessions`, 'DELETE'],
      [`/v1/users/${id}/export`, 'GET'],
    ] as const) {
      expect((await ask(token, path, method, body)).status).toBe(404);
    }
    expect((await ask(token, '/v1/users?limit=1000')).text).not.toContain(id);
  });

  test('gives another password, and the old sessions end', async () => {
    const person = await createPerson(server.url, 'newpass');
    const session = await signIn(server.url, person);
    const newPassword = createPassword();
    const path = `/v1/users/${person.id}/password`;
    const { token } = await root();
    expect((await ask(token, path, 'POST', { newPassword: '12345678' })).status).toBe(422);
    expect(await statusOf(server.url, session.token)).toBe(200);
    expect((await ask(token, path, 'POST', { newPassword })).status).toBe(200);
    expect(await statusOf(server.url, session.token)).toBe(401);
    expect((await tryRefresh(server.url, session.refreshToken)).status).toBe(401);
    expect((await trySignIn(server.url, person)).status).toBe(401);
    expect((await trySignIn(server.url, { ...person, password: newPassword })).status).toBe(200);
  });
});

describe('whoever is none', () => {
  test('can do nothing of it, and give themselves nothing', async () => {
    const [mallory, victim] = [await createPerson(server.url, 'mallory'), await createPerson(server.url, 'victim')];
    const { token } = await signIn(server.url, mallory);
    for (const id of [victim.id, mallory.id]) {
      for (const [path, method, body] of [
        ['/v1/users', 'GET'],
        ['/v1/users', 'POST', { username: 'mine', roles: ['admin'] }],
        [`/v1/users/${id}`, 'GET'],
        [`/v1/users/${id}`, 'PUT', { roles: ['admin'] }],
        [`/v1/users/${id}`, 'DELETE'],
        [`/v1/users/${id}/password`, 'POST', { newPassword: createPassword() }],
        [`/v1/users/${id}/sessions`, 'DELETE'],
      ] as const) {
        expect([path, method, (await ask(token, path, method, body)).status]).toEqual([path, method, 403]);
      }
    }
    expect((await ask(token, `/v1/users/${victim.id}/export`)).status).toBe(403);
    expect((await ask(token, `/v1/users/${mallory.id}/export`)).status).toBe(200);
    const nobody = await send(`${server.url}/v1/users`);
    expect([nobody.status, nobody.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="agentflow", ApiKey realm="agentflow"',
    ]);
    // Whatever the sign-in is asked for beside, roles come from the row.
    const { username, password } = mallory;
    for (const beside of [{ roles: ['admin'] }, { user: { roles: ['admin'] } }, { tenant: 'elsewhere' }]) {
      const body = { username, password, ...beside };
      expect((await send(`${server.url}/v1/auth/login`, { body })).status).toBe(422);
    }
    const { body } = await trySignIn(server.url, mallory);
    expect(body.user).toMatchObject({ roles: ['user'], tenant: 'default' });
  });
});

describe('with a user', () => {
  async function settle(person: Person): Promise<{ readonly fileId: string; readonly key: string }> {
    const { token } = await signIn(server.url, person);
    const run = await ask(token, '/v1/graph/invoke', 'POST', say(`hello from ${person.username}`, 'a-thread'));
    expect(run.status).toBe(200);
    const memory = { content: `${person.username} likes tea`, memory_type: 'episodic' };
    expect((await ask(token, '/v1/store/memories', 'POST', memory)).status).toBe(200);
    const form = new FormData();
    form.append('file', new Blob([`a file of ${person.username}`], { type: 'text/plain' }), 'notes.txt');
    const upload = await fetch(`${server.url}/v1/files/upload`, {
      ...{ method: 'POST', body: form },
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(upload.status).toBe(200);
    const { file_id: fileId } = ((await upload.json()) as { data: { file_id: string } }).data;
    const made = await ask(token, '/v1/api-keys', 'POST', { name: `key of ${person.username}` });
    expect(made.status).toBe(200);
    useSecret(made.body.key);
    return { fileId, key: made.body.key };
  }

  const statusByKey = async (key: string) =>
    (await send(`${server.url}/v1/auth/me`, { headers: { 'X-API-Key': key } })).status;

  const keptFiles = () => {
    const folder = join(server.directory, '.agentflow/files');
    return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
  };

  test('goes out what is theirs: for themselves, and for who may read users', async () => {
    const olga = await createPerson(server.url, 'olga');
    const { fileId, key } = await settle(olga);
    const { token } = await signIn(server.url, olga);
    const own = await ask(token, `/v1/users/${olga.id}/export`);
    expect(own.body).toMatchObject({
      user: { id: olga.id, username: 'olga' },
      threads: [{ id: 'a-thread' }],
      memories: [{ value: { content: 'olga likes tea' } }],
      files: [{ id: fileId, filename: 'notes.txt', mimeType: 'text/plain' }],
      apiKeys: [{ name: 'key of olga', last4: key.slice(-10, -6) }],
    });
    expect(JSON.stringify(own.body.threads[0].messages)).toContain('hello from olga');
    expect(own.body.sessions).toHaveLength(2);
    for (const secret of ['argon2', 'salt', 'af_rt_', key.slice(-38, -10)]) expect(own.text).not.toContain(secret);
    const another = await ask((await root()).token, `/v1/users/${olga.id}/export`);
    expect(another.body).toEqual(own.body);
  });

  test('go their threads, memories, files, keys and sessions; those of others stay', async () => {
    const [paul, quinn] = [await createPerson(server.url, 'paul'), await createPerson(server.url, 'quinn')];
    const [{ fileId: fileOfPaul, key: keyOfPaul }, { fileId: fileOfQuinn, key: keyOfQuinn }] = [
      await settle(paul),
      await settle(quinn),
    ];
    const [ofPaul, ofQuinn] = [await signIn(server.url, paul), await signIn(server.url, quinn)];
    expect(keptFiles().filter((name) => name.includes(fileOfPaul))).not.toEqual([]);
    await asAdministrator(server.url, `/v1/users/${paul.id}`, { method: 'DELETE' });
    expect(await statusOf(server.url, ofPaul.token)).toBe(401);
    expect((await tryRefresh(server.url, ofPaul.refreshToken)).status).toBe(401);
    expect((await trySignIn(server.url, paul)).status).toBe(401);
    expect([await statusByKey(keyOfPaul), await statusByKey(keyOfQuinn)]).toEqual([401, 200]);
    expect(keptFiles().filter((name) => name.includes(fileOfPaul))).toEqual([]);
    const database = openEmbedded(server.directory, { readOnly: true });
    const rowsOf = (table: string, subject: string) =>
      Number(database.prepare(`select count(*) as n from ${table} where subject = ?`).get(subject)?.['n']);
    const full = ['threads', 'runs', 'memories', 'files', 'file_usage', 'sessions', 'api_keys'];
    const tables = [...full, 'tickets', 'remote_tools'];
    for (const table of tables) expect([table, rowsOf(table, paul.id)]).toEqual([table, 0]);
    for (const table of full) expect([table, rowsOf(table, quinn.id)]).not.toEqual([table, 0]);
    const left = database.prepare(
      'select count(*) as n from checkpoints where thread_uuid not in (select uuid from threads)',
    );
    expect(Number(left.get()?.['n'])).toBe(0);
    // The trail stays.
    expect(rowsOf('audit_events', paul.id)).toBeGreaterThan(0);
    database.close();
    expect(keptFiles().filter((name) => name.includes(fileOfQuinn))).not.toEqual([]);
    expect((await ask(ofQuinn.token, '/v1/threads')).text).toContain('a-thread');
  });
});
