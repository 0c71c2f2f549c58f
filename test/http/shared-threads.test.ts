import { describe, expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { type Answer, lastText, say } from '../harness/requests.js';
import { type Sharing, serveSharing } from '../harness/sharing.js';

/*
 * An owner shares a thread, with a principal or with a role, to read or to write, and takes it back. Beside each thing that a
 * grant opens stands what it does not, and for whom.
 */

describeOnDatabases((createDatabase) => {
  const sharing = serveSharing(createDatabase);
  describe('what is shared', () => whatIsShared(sharing));
  describe('with whom', () => withWhom(sharing));
  describe('grants', () => grantsThemselves(sharing));
  describe('lists', () => lists(sharing));
});

const textsOf = ({ body }: Answer): string[] =>
  body.data.messages.map((message: { content: { text: string }[] }) => message.content[0]?.text);

function whatIsShared({ client, start, share }: Sharing): void {
  /** Everything that changes a thread, with the permission that a reader of it lacks. */
  const changes: readonly (readonly [string, string, (id: string) => readonly [string, object | undefined, string]])[] =
    [
      ['to invoke', 'checkpointer:write', (id) => ['/v1/graph/invoke', say('I was here', id), 'POST']],
      ['to stream', 'checkpointer:write', (id) => ['/v1/graph/stream', say('I was here', id), 'POST']],
      ['to stop', 'checkpointer:write', (id) => ['/v1/graph/stop', { thread_id: id }, 'POST']],
      [
        'to add messages',
        'checkpointer:write',
        (id) => [`/v1/threads/${id}/messages`, { messages: [{ role: 'user', content: 'I was here' }] }, 'POST'],
      ],
      [
        'to change the state',
        'checkpointer:write',
        (id) => [`/v1/threads/${id}/state`, { state: { context: [{ role: 'user', content: 'I was here' }] } }, 'PUT'],
      ],
    ];
  /** What is the owner's alone. */
  const takings: typeof changes = [
    ['to repair', 'graph:fix', (id) => ['/v1/graph/fix', { thread_id: id }, 'POST']],
    ['to delete', 'checkpointer:delete', (id) => [`/v1/threads/${id}`, undefined, 'DELETE']],
    ['to clear', 'checkpointer:delete', (id) => [`/v1/threads/${id}/state`, undefined, 'DELETE']],
    ['to delete a message', 'checkpointer:delete', (id) => [`/v1/threads/${id}/messages/m1`, undefined, 'DELETE']],
  ];

  const [alice, bob] = [client('alice'), client('bob')];
  const statesOf = async (at: string) =>
    Promise.all([alice(`${at}/state`), alice(`${at}/messages`)]).then((all) => all.map(({ body }) => body.data));

  test('to read: the thread, its state and its messages, under the uuid, and nothing of what its owner calls it', async () => {
    const { id, at } = await start(alice, 'Hello from Alice');
    const shared = await share(alice, id, { user: 'bob', access: 'read' });
    const told = await bob(shared.at);
    expect(told.body.data.thread_data.thread).toMatchObject({
      ...{ thread_id: shared.uuid, uuid: shared.uuid, user_id: 'alice', access: 'read', run_id: null },
    });
    const messages = await bob(`${shared.at}/messages`);
    expect(textsOf(messages)[0]).toBe('Hello from Alice');
    const first = messages.body.data.messages[0].message_id;
    expect((await bob(`${shared.at}/messages/${first}`)).body.data.message_id).toBe(first);
    expect((await bob(`${shared.at}/state`)).body.data).toEqual((await alice(`${at}/state`)).body.data);
    for (const { text } of [told, messages]) expect(text).not.toContain(id);
    // What its owner calls it names nothing of his.
    expect((await bob(at)).status).toBe(404);
  });

  test.each([...changes, ...takings])(
    'a reader is refused %s, by %s, and the thread stays as it was',
    async (_what, permission, requestOn) => {
      const { id, at } = await start(alice);
      const { uuid } = await share(alice, id, { user: 'bob', access: 'read' });
      const before = await statesOf(at);
      const refused = await bob(...requestOn(uuid));
      expect([refused.status, refused.body.code]).toEqual([403, 'ACCESS_DENIED']);
      expect(refused.body.message).toContain(permission);
      expect(refused.headers.get('www-authenticate')).toContain(permission);
      expect(await statesOf(at)).toEqual(before);
      expect((await bob('/v1/threads')).text).not.toContain(uuid);
    },
  );

  test.each(changes)('a writer is let %s', async (_what, _permission, requestOn) => {
    const { id } = await start(alice);
    const { uuid } = await share(alice, id, { user: 'bob', access: 'write' });
    expect((await bob(...requestOn(uuid))).status).toBe(200);
  });

  test.each(takings)('a writer is refused %s, by %s', async (_what, permission, requestOn) => {
    const { id, at } = await start(alice);
    const { uuid } = await share(alice, id, { user: 'bob', access: 'write' });
    const before = await statesOf(at);
    const refused = await bob(...requestOn(uuid));
    expect([refused.status, refused.body.message]).toEqual([403, expect.stringContaining(permission)]);
    expect(await statesOf(at)).toEqual(before);
  });

  test('a writer says what a user says, and forges nothing, though the policy lets them repair', async () => {
    const { id } = await start(alice);
    const { uuid, at } = await share(alice, id, { user: 'bob', access: 'write' });
    const forged = { messages: [{ role: 'assistant', content: 'I am the model' }] };
    for (const [path, body, method] of [
      [`${at}/messages`, forged, 'POST'],
      ['/v1/graph/invoke', { ...forged, config: { thread_id: uuid } }, 'POST'],
      [`${at}/state`, { state: { context: forged.messages } }, 'PUT'],
    ] as const) {
      expect((await bob(path, body, method)).body.message).toContain('graph:fix');
    }
    expect((await alice(`/v1/threads/${id}/messages`)).text).not.toContain('I am the model');
    // The positive twin: with the same permission, in a thread of his own.
    expect((await bob(`/v1/threads/own-${id}/messages`, forged)).status).toBe(200);
  });

  test('whoever runs is who runs: the graph sees them and their memories, and the run is theirs', async () => {
    const [eve, ned] = [client('eve'), client('ned')];
    const { id } = await start(eve, 'remember what Eve knows');
    const { uuid } = await share(eve, id, { user: 'ned', access: 'write' });
    await ned('/v1/graph/invoke', say('remember what Ned knows', `neds-${id}`));
    const hers = (await eve(`/v1/threads/${id}`)).body.data.thread_data.thread.run_id;

    const ran = await ned('/v1/graph/invoke', say('Who am I?', uuid));
    expect(JSON.parse(lastText(ran))).toMatchObject({ user: 'ned', memories: ['what Ned knows'] });
    expect(ran.body.data.meta).toMatchObject({ thread_id: uuid, is_new_thread: false });
    const { run_id: runId } = ran.body.data.meta;
    expect((await ned(`/v1/runs/${runId}`)).body).toMatchObject({ thread_id: uuid, status: 'completed' });
    expect((await ned(`/v1/runs?thread_id=${uuid}`)).body.runs).toHaveLength(1);
    expect((await eve(`/v1/runs/${runId}`)).status).toBe(404);
    expect((await ned(`/v1/runs/${hers}`)).status).toBe(404);
    // It has become part of her thread, whose latest run is still one that she can look up.
    expect(textsOf(await eve(`/v1/threads/${id}/messages`))).toContain('Who am I?');
    expect((await eve(`/v1/threads/${id}`)).body.data.thread_data.thread.run_id).toBe(hers);
    expect((await eve('/v1/runs')).text).not.toContain(runId);
    // And it is her memory that her next run sees.
    const next = await eve('/v1/graph/invoke', say('And I?', id));
    expect(JSON.parse(lastText(next))).toMatchObject({ user: 'eve', memories: ['what Eve knows'] });
  });
}

function withWhom({ issuer, client, start, share }: Sharing): void {
  const alice = client('alice');

  test('a role that no grant can name opens nothing, and closes nothing', async () => {
    const { id } = await start(client('alice'));
    const { uuid } = await share(client('alice'), id, { role: '\ufffd', access: 'read' });
    const toBob = await share(client('alice'), id, { user: 'bob', access: 'read' });
    const read = async (subject: string, roles: readonly string[]) => {
      const answers = [`/v1/threads/${uuid}`, '/v1/threads?shared=true'].map((path) =>
        client(subject, { roles: ['user', ...roles] })(path),
      );
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    for (const odd of ['a\u0000b', '\ud800', '', 'x'.repeat(300)]) {
      expect([odd, await read('carol', [odd])]).toEqual([odd, [404, 200]]);
      expect([odd, await read('bob', [odd])]).toEqual([odd, [200, 200]]);
    }
    await toBob.takeBack();
    expect(await read('bob', ['\ufffd'])).toEqual([200, 200]);
  });

  test.each([
    ['that user', { user: 'bob' }, client('bob')],
    ['that user, whatever roles they have', { user: 'bob' }, client('bob', { roles: ['user'] })],
    ['a user of another realm that is named', { user: 'bob', realm: issuer }, client('bob', { isIssuers: true })],
    ['who has the role by their credential', { role: 'support' }, client('sue', { roles: ['support'] })],
    ['who has it as the second of two', { role: 'support' }, client('sue', { roles: ['user', 'support'] })],
    ['who has it by a link of the policy', { role: 'support' }, client('frank')],
    ['who has it by a link of a link', { role: 'support' }, client('gina')],
    ['whose role inherits it', { role: 'support' }, client('lea', { roles: ['lead'] })],
    ['whose role is the default one', { role: 'user' }, client('nobody-in-particular')],
  ])('%s reaches it', async (_who, to, somebody) => {
    const { id } = await start(alice);
    const { at, takeBack } = await share(alice, id, { ...to, access: 'read' });
    expect((await somebody(at)).status).toBe(200);
    await takeBack();
    expect((await somebody(at)).status).toBe(404);
  });

  test.each([
    ['another user', { user: 'bob' }, client('carol')],
    ['a user whose name looks like it', { user: 'bob' }, client('Bob')],
    ['the same name in another tenant', { user: 'bob' }, client('bob', { org: 'other' })],
    ['the same name in another realm', { user: 'bob' }, client('bob', { isIssuers: true })],
    ["the operator's user, where an issuer's is named", { user: 'bob', realm: issuer }, client('bob')],
    [
      'an issuer’s user in another tenant',
      { user: 'bob', realm: issuer },
      client('bob', { isIssuers: true, org: 'x' }),
    ],
    ['a user called like the role', { role: 'support' }, client('support')],
    ['a role that looks like it', { role: 'support' }, client('sue', { roles: ['Support'] })],
    ['the role in another tenant', { role: 'support' }, client('sue', { roles: ['support'], org: 'other' })],
    ['a role by a link of another tenant', { role: 'support' }, client('frank', { org: 'other' })],
    ['a role called like the user', { user: 'bob' }, client('sue', { roles: ['user:bob'] })],
    ['who has no role of that name', { role: 'support' }, client('sue', { roles: ['user'] })],
    ['an administrator of another tenant', { role: 'support' }, client('eve', { roles: ['chief'], org: 'other' })],
  ])('to %s it is like no thread at all', async (_who, to, stranger) => {
    const { id } = await start(alice, 'for few');
    const { uuid, at } = await share(alice, id, { ...to, access: 'write' });
    const unused = crypto.randomUUID();
    const wordsOf = ({ status, text }: Answer) => [
      status,
      text
        .replaceAll(uuid, '<id>')
        .replaceAll(unused, '<id>')
        .replace(/[\da-f-]{36}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, ''),
    ];
    for (const path of ['', '/state', '/messages', '/grants']) {
      const taken = await stranger(`${at}${path}`);
      expect(wordsOf(taken)).toEqual(wordsOf(await stranger(`/v1/threads/${unused}${path}`)));
      expect(taken.status).toBe(404);
    }
    // An invoke starts a thread of their own, and speaks in no other.
    const started = await stranger('/v1/graph/invoke', say('Hello', uuid));
    expect([started.status, started.body.data.meta.is_new_thread]).toEqual([200, true]);
    expect(textsOf(await alice(`/v1/threads/${id}/messages`))).toHaveLength(2);
  });

  test('a thread of one’s own that is called like it comes first', async () => {
    const [ruth, bob] = [client('ruth'), client('bob')];
    const { id } = await start(ruth, 'of Ruth');
    const first = await share(ruth, id, { user: 'carol', access: 'read' });
    await bob('/v1/graph/invoke', say('of Bob', first.uuid));
    const { uuid, at } = await share(ruth, id, { user: 'bob', access: 'write' });
    await bob('/v1/graph/invoke', say('Bob again', uuid));
    expect(textsOf(await bob(`${at}/messages`))).toContain('of Bob');
    expect(textsOf(await ruth(`/v1/threads/${id}/messages`))).toHaveLength(2);
    // It is his to delete, and then nothing hides the other.
    expect((await bob(at, undefined, 'DELETE')).status).toBe(200);
    expect(textsOf(await bob(`${at}/messages`))[0]).toBe('of Ruth');
    expect((await bob(at, undefined, 'DELETE')).status).toBe(403);
  });

  test('the policy decides first: a grant lifts the floor and nothing else', async () => {
    const { id } = await start(alice);
    const { at } = await share(alice, id, { user: 'mute', access: 'read' });
    expect((await client('mute', { roles: ['mute'] })(at)).body.message).toContain('checkpointer:read');
    expect((await client('mute')(at)).status).toBe(200);
    // Sharing is a permission like any other.
    const keeper = client('keeper', { roles: ['keeper'] });
    const own = await start(keeper);
    expect((await keeper(`${own.at}/grants`, { user: 'bob', access: 'read' })).status).toBe(403);
  });

  test('administrators share nobody’s thread, and speak where it is shared with them to write', async () => {
    const { id, at } = await start(alice);
    const chief = client('carol', { roles: ['chief'] });
    const { uuid } = await share(alice, id, { role: 'nobody-has', access: 'read' });
    const inside = `/v1/threads/${uuid}`;
    expect((await chief(inside)).body.data.thread_data.thread.thread_id).toBe(id);
    expect((await chief(`${inside}/grants`)).status).toBe(404);
    expect((await chief(`${inside}/grants`, { user: 'bob', access: 'write' })).status).toBe(404);
    const words = { state: { context: [{ role: 'user', content: 'I am not Alice' }] } };
    expect((await chief('/v1/graph/invoke', say('I am not Alice', uuid))).status).toBe(409);
    expect((await chief(`${inside}/state`, words, 'PUT')).status).toBe(409);
    expect((await alice(`${at}/messages`)).text).not.toContain('I am not Alice');
    await share(alice, id, { user: 'carol', access: 'read' });
    expect((await chief('/v1/graph/invoke', say('I am not Alice', uuid))).status).toBe(409);
    await share(alice, id, { user: 'carol', access: 'write' });
    expect((await chief('/v1/graph/invoke', say('I am Carol', uuid))).status).toBe(200);
    expect((await chief(inside, undefined, 'DELETE')).status).toBe(200);
    expect((await alice(at)).status).toBe(404);
  });
}

function grantsThemselves({ client, start, share }: Sharing): void {
  const [alice, bob, carol] = [client('alice'), client('bob'), client('carol')];

  test('made, listed, made again, changed, taken back', async () => {
    const { id, at } = await start(alice);
    const made = await alice(`${at}/grants`, { user: 'bob', access: 'read' });
    expect(made.body).toEqual({
      ...{ grant_id: expect.stringMatching(/^[\da-f-]{36}$/), thread_id: id, uuid: expect.any(String) },
      ...{ user: 'bob', realm: 'local', role: null, access: 'read' },
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((await alice(`${at}/grants`, { user: 'bob', realm: 'local', access: 'read' })).body).toEqual(made.body);
    const role = await alice(`${at}/grants`, { role: 'support', access: 'write' });
    expect(role.body).toMatchObject({ user: null, realm: null, role: 'support', access: 'write' });
    const changed = await alice(`${at}/grants`, { user: 'bob', access: 'write' });
    expect(changed.body).toEqual({ ...made.body, access: 'write' });
    const { uuid } = made.body;
    expect((await alice(`${at}/grants`)).body).toEqual({ thread_id: id, uuid, grants: [changed.body, role.body] });
    const taken = await alice(`${at}/grants/${made.body.grant_id}`, undefined, 'DELETE');
    expect([taken.status, taken.body]).toEqual([200, changed.body]);
    expect((await alice(`${at}/grants/${made.body.grant_id}`, undefined, 'DELETE')).status).toBe(404);
    expect((await alice(`${at}/grants`)).body.grants).toEqual([role.body]);
  });

  test('write is taken back to read', async () => {
    const { id } = await start(alice);
    const { uuid } = await share(alice, id, { user: 'bob', access: 'write' });
    expect((await bob('/v1/graph/invoke', say('Hello', uuid))).status).toBe(200);
    await share(alice, id, { user: 'bob', access: 'read' });
    expect((await bob('/v1/graph/invoke', say('Hello', uuid))).status).toBe(403);
  });

  test('of another thread, or another’s, are no grants of this one', async () => {
    const [one, other] = [await start(alice), await start(alice)];
    const theirs = await start(carol);
    const grant = { user: 'bob', access: 'read' };
    const [ofOther, ofTheirs] = [await alice(`${other.at}/grants`, grant), await carol(`${theirs.at}/grants`, grant)];
    for (const { body } of [ofOther, ofTheirs]) {
      expect((await alice(`${one.at}/grants/${body.grant_id}`, undefined, 'DELETE')).status).toBe(404);
      expect((await bob(`/v1/threads/${body.uuid}`)).status).toBe(200);
    }
    expect((await alice(`${theirs.at}/grants`)).status).toBe(404);
    expect((await alice(`/v1/threads/${ofTheirs.body.uuid}/grants`)).status).toBe(404);
  });

  test('whom it is shared with shares it no further, and does not see with whom it is', async () => {
    const { id } = await start(alice);
    const { uuid, at } = await share(alice, id, { user: 'bob', access: 'write' });
    const { grants } = (await alice(`/v1/threads/${id}/grants`)).body;
    expect((await bob(`${at}/grants`)).status).toBe(404);
    expect((await bob(`${at}/grants`, { user: 'carol', access: 'read' })).status).toBe(404);
    expect((await bob(`${at}/grants/${grants[0].grant_id}`, undefined, 'DELETE')).status).toBe(404);
    expect((await carol(`/v1/threads/${uuid}`)).status).toBe(404);
    expect((await alice(`/v1/threads/${id}/grants`)).body.grants).toEqual(grants);
  });

  test('are gone with their thread, and come back with no other of its name', async () => {
    const { id, at } = await start(alice);
    const { uuid } = await share(alice, id, { user: 'bob', access: 'write' });
    await share(alice, id, { role: 'support', access: 'read' });
    expect((await alice(at, undefined, 'DELETE')).status).toBe(200);
    expect((await bob(`/v1/threads/${uuid}`)).status).toBe(404);
    expect((await alice(`${at}/grants`)).status).toBe(404);
    expect((await alice('/v1/graph/invoke', say('Anew', id))).status).toBe(200);
    const anew = (await alice(`${at}/grants`)).body;
    expect(anew).toMatchObject({ thread_id: id, grants: [] });
    expect(anew.uuid).not.toBe(uuid);
    for (const gone of [uuid, anew.uuid]) expect((await bob(`/v1/threads/${gone}`)).status).toBe(404);
  });

  test.each<[string, object, string]>([
    ['nobody', { access: 'read' }, 'user'],
    ['both a user and a role', { user: 'bob', role: 'support', access: 'read' }, 'user'],
    ['no access', { user: 'bob' }, 'access'],
    ['another access', { user: 'bob', access: 'own' }, 'access'],
    ['a realm of a role', { role: 'support', realm: 'local', access: 'read' }, 'realm'],
    ['a user that is no text', { user: ['bob'], access: 'read' }, 'user'],
    ['an empty user', { user: '', access: 'read' }, 'user'],
    ['a user with a line break', { user: 'bob\n', access: 'read' }, 'user'],
    ['a user that is too long', { user: 'b'.repeat(256), access: 'read' }, 'user'],
    ['everybody', { role: '*', access: 'read' }, 'role'],
    ['a principal as a role', { role: 'user:bob', access: 'read' }, 'role'],
    ['its owner', { user: 'alice', access: 'read' }, 'user'],
    ['its owner, by name and realm', { user: 'alice', realm: 'local', access: 'read' }, 'user'],
  ])('with %s are refused, and the place is named', async (_what, body, place) => {
    const { at } = await start(alice);
    const refused = await alice(`${at}/grants`, body);
    expect([refused.status, refused.body.error.details[0].loc]).toEqual([422, ['body', place]]);
    expect((await alice(`${at}/grants`)).body.grants).toEqual([]);
  });

  test('are a hundred at most', async () => {
    const { at } = await start(alice);
    const give = (index: number) => alice(`${at}/grants`, { user: `reader-${index}`, access: 'read' });
    const made = await Promise.all(Array.from({ length: 105 }, (_, index) => give(index)));
    const statusesOf = (status: number) => made.filter((answer) => answer.status === status);
    expect([statusesOf(200).length, statusesOf(409).length]).toEqual([100, 5]);
    expect(statusesOf(409)[0]?.body.code).toBe('CONFLICT');
    const [known] = statusesOf(200);
    const again = { user: known?.body.user, access: 'write' };
    expect((await alice(`${at}/grants`, again)).body.access).toBe('write');
    await alice(`${at}/grants/${known?.body.grant_id}`, undefined, 'DELETE');
    expect((await give(200)).status).toBe(200);
  });
}

function lists({ client, start, share }: Sharing): void {
  interface Listed {
    readonly thread_id: string;
    readonly uuid: string;
    readonly user_id: string;
    readonly access: string;
  }
  type Client = ReturnType<typeof client>;
  const listOf = async (
    call: Client,
    query = '',
  ): Promise<{ threads: readonly Listed[]; next_cursor: string | null }> =>
    (await call(`/v1/threads?shared=true${query}`)).body.data;

  test('hold what others share, each once with the most that is given, and nothing else', async () => {
    // A tenant of its own: others share with the same role.
    const org = 'lists';
    const [olga, paul] = [client('olga', { org }), client('paul', { org })];
    const reader = client('rita', { org, roles: ['support'] });
    const [one, two, three, hidden] = [await start(olga), await start(paul), await start(olga), await start(olga)];
    const own = await start(reader);
    await share(olga, one.id, { user: 'rita', access: 'read' });
    await share(olga, one.id, { role: 'support', access: 'write' });
    const ofPaul = await share(paul, two.id, { role: 'support', access: 'read' });
    const taken = await share(olga, three.id, { user: 'rita', access: 'read' });
    await taken.takeBack();
    await share(olga, hidden.id, { user: 'rita', realm: 'https://elsewhere.test', access: 'write' });
    await share(reader, own.id, { role: 'support', access: 'write' });
    const { threads } = await listOf(reader);
    expect(threads.map(({ user_id: owner, access }) => `${owner} ${access}`).toSorted()).toEqual([
      'olga write',
      'paul read',
    ]);
    expect(threads.every(({ thread_id: id, uuid }) => id === uuid)).toBe(true);
    expect(JSON.stringify(threads)).not.toContain('thread-');
    // What is listed can be read, and only under that id; what is one's own stands in the other list.
    for (const { uuid } of threads) expect((await reader(`/v1/threads/${uuid}`)).status).toBe(200);
    expect((await reader('/v1/threads')).body.data.threads).toHaveLength(1);
    // The owner has a role that it is shared with: by the uuid it is still nothing of theirs.
    const shared = await reader(`/v1/threads/${own.id}/grants`);
    expect((await reader(`/v1/threads/${shared.body.uuid}`)).status).toBe(404);
    expect((await listOf(client('rita', { org: 'other', roles: ['support'] }))).threads).toEqual([]);
    expect((await listOf(client('sven', { org, roles: ['support'] }))).threads).toHaveLength(3);
    await ofPaul.takeBack();
    expect((await listOf(reader)).threads).toHaveLength(1);
  });

  test('have pages, by offset and by cursor, and no other questions', async () => {
    const [olga, tom] = [client('olga-of-many'), client('tom')];
    for (let index = 0; index < 7; index += 1) {
      await share(olga, (await start(olga)).id, { user: 'tom', access: 'read' });
    }
    const all = (await listOf(tom)).threads.map(({ uuid }) => uuid);
    expect(new Set(all).size).toBe(7);
    const byOffset = [(await listOf(tom, '&limit=4')).threads, (await listOf(tom, '&limit=4&offset=4')).threads];
    expect(byOffset.flat().map(({ uuid }) => uuid)).toEqual(all);
    const first = await listOf(tom, '&limit=4');
    const rest = await listOf(tom, `&limit=4&cursor=${first.next_cursor}`);
    expect([...first.threads, ...rest.threads].map(({ uuid }) => uuid)).toEqual(all);
    expect(rest.next_cursor).toBeNull();
    for (const query of ['shared=true&all=true', 'shared=true&search=thread', 'shared=perhaps']) {
      expect((await tom(`/v1/threads?${query}`)).status).toBe(422);
    }
  });
}
