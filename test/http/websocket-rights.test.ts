import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEmbedded } from '../harness/embedded-database.js';
import { root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { bearer, type Frame, isDone, isError, openSocket, refusedSocket, sayFrame } from '../harness/sockets.js';

/* Security bar 63: each frame is decided about, not only the opening; and each is in the trail. */

const asks = `${join(root, 'test/graphs/asks.ts')}:app`;
const slow = `${join(root, 'test/graphs/slow.ts')}:app`;

/** All that differs between any two runs. */
function comparable(frames: readonly Frame[], ...ids: readonly string[]): string {
  return ids
    .reduce((text, id) => text.replaceAll(id, '<id>'), JSON.stringify(frames))
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<uuid>')
    .replace(/"id":"[\da-f]{32}"/g, '"id":"<interrupt>"')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/"(timestamp|time_taken)":[\d.e-]+/g, '"$1":<time>');
}

describe("another's thread", () => {
  const server = serve({ agent: asks, auth: 'jwt' });
  const stateOf = async (subject: string, id: string) =>
    (await send(`${server.url}/v1/threads/${id}/state`, { token: server.tokenFor(subject) })).text;

  test.each<readonly [string, (id: string) => object]>([
    ['a run', (id) => sayFrame('what is there?', id)],
    ['an answer', (id) => ({ invoke_type: 'resume', resume: 'mine', config: { thread_id: id } })],
    [
      'the result of a tool',
      (id) => ({
        ...{ invoke_type: 'resume', config: { thread_id: id } },
        tool_result: [{ role: 'tool', content: [{ type: 'tool_result', call_id: 'open', output: 'mine' }] }],
      }),
    ],
  ])('%s there is as on one that is not there, and changes nothing', async (_what, frame) => {
    const [hers, nobodys] = [`hers-${crypto.randomUUID()}`, `none-${crypto.randomUUID()}`];
    const alice = await openSocket(server.url, bearer(server.tokenFor('alice')));
    await alice.run(sayFrame('enter', hers));
    const before = await stateOf('alice', hers);
    const bob = await openSocket(server.url, bearer(server.tokenFor('bob')));
    const taken = await bob.run(frame(hers)).catch(() => []);
    const twin = await bob.run(frame(nobodys)).catch(() => []);
    expect(comparable(taken, hers, nobodys)).toBe(comparable(twin, hers, nobodys));
    expect(taken.length).toBeGreaterThan(0);
    expect(JSON.parse(await stateOf('alice', hers)).data).toEqual(JSON.parse(before).data);
    // And its owner's question is still hers to answer.
    const answered = await alice.run({ invoke_type: 'resume', resume: 'hers', config: { thread_id: hers } });
    expect(JSON.stringify(answered)).toContain('decided: \\"hers\\"');
    await Promise.all([alice.close(), bob.close()]);
  });

  test('a stop reaches only the run of its own socket', async () => {
    const quick = await openSocket(server.url, bearer(server.tokenFor('bob')));
    quick.send({ type: 'stop', thread_id: 'hers', config: { thread_id: 'hers' } });
    expect((await quick.find(isError)).data.code).toBe('CONFLICT');
    await quick.close();
  });
});

const plugin = `import { AuthorizationBackend } from 'agentflow';
export class ByThread extends AuthorizationBackend {
  authorize(user: any, resource: string, action: string, id: string | undefined): any {
    if (user.user_id === 'nobody') return false;
    if (user.user_id === 'odd') return 'yes';
    if (user.user_id === 'later') return id === 'odd' ? 'yes' : true;
    if (user.user_id === 'all') return true;
    return { filter: { id: { in: ['one', 'two'] } } };
  }
}
`;

describe('a policy about threads', () => {
  const files = { 'auth.ts': plugin };
  const server = serve({ agent: asks, auth: 'jwt', authorization: 'auth.ts:ByThread' }, { files });

  test('who may run on some opens a socket, and runs on those alone', async () => {
    const socket = await openSocket(server.url, bearer(server.tokenFor('some')));
    expect((await socket.run(sayFrame('enter', 'one'))).filter(isError)).toEqual([]);
    const denied = { event: 'error', data: { code: 'ACCESS_DENIED', status: 403 } };
    for (const id of ['three', undefined]) {
      expect(await socket.run(sayFrame('enter', id))).toMatchObject([denied, { data: { status: 'done' } }]);
    }
    expect((await socket.run(sayFrame('enter', 'two'))).filter(isError)).toEqual([]);
    await socket.close();
    const stream = (id: string) =>
      send(`${server.url}/v1/graph/stream`, { token: server.tokenFor('some'), body: say('x', id) });
    expect([(await stream('three')).status, (await stream('two')).status]).toEqual([403, 200]);
  });

  test('an answer that is none is 503, for the opening and for a frame', async () => {
    const { status, body } = await refusedSocket(server.url, bearer(server.tokenFor('odd')));
    expect([status, body.code]).toEqual([503, 'UNAVAILABLE']);
    const socket = await openSocket(server.url, bearer(server.tokenFor('later')));
    expect(await socket.run(sayFrame('enter', 'odd'))).toMatchObject([
      { event: 'error', data: { code: 'UNAVAILABLE', status: 503 } },
      { data: { status: 'done' } },
    ]);
    expect((await socket.run(sayFrame('enter', 'even'))).filter(isError)).toEqual([]);
    await socket.close();
  });

  test('who may run on none opens none; who may on all runs anywhere', async () => {
    expect((await refusedSocket(server.url, bearer(server.tokenFor('nobody')))).status).toBe(403);
    const socket = await openSocket(server.url, bearer(server.tokenFor('all')));
    for (const id of ['three', undefined])
      expect((await socket.run(sayFrame('enter', id))).filter(isError)).toEqual([]);
    await socket.close();
  });
});

describe('the trail', () => {
  const server = serve({ agent: slow, auth: 'jwt' });

  interface Row {
    readonly request_id: string;
    readonly event: string;
    readonly route: string | null;
    readonly resource_id: string | null;
    readonly outcome: string;
    readonly status: number;
    readonly code: string | null;
    readonly detail: string | null;
    readonly subject: string | null;
    readonly path: string;
  }

  function rows(): readonly Row[] {
    const database = openEmbedded(server.directory, { readOnly: true });
    const found = database.prepare('select * from audit_events order by sequence').all() as unknown as Row[];
    database.close();
    return found;
  }

  test('the opening, every frame with a request id of its own, and the end', async () => {
    const token = server.tokenFor('alice');
    const socket = await openSocket(server.url, { protocols: ['agentflow-bearer', token] });
    const id = socket.headers['x-request-id'] as string;
    await socket.run(sayFrame('bread', 'trail'));
    socket.send('{');
    const bad = await socket.find(isError);
    socket.send({ type: 'authenticate', token: server.tokenFor('bob') });
    const refused = await socket.find(({ data }) => data.code === 'AUTH_REQUIRED');
    socket.send({ type: 'authenticate', token });
    await socket.find(({ data }) => data.status === 'authenticated');
    const from = socket.frames.length;
    socket.send(sayFrame('milk: 30 steps of 50 ms', 'trail'));
    await socket.find(({ message }) => message?.role === 'assistant', from);
    socket.send({ type: 'stop' });
    await socket.find(isDone, from);
    await socket.close();
    await expect.poll(() => rows().at(-1)?.event, { timeout: 10_000 }).toBe('socket-closed');
    const kept = rows().filter(({ event }) => !event.startsWith('configuration-'));
    expect(kept.map(({ event, route, status, code }) => [event, route, status, code])).toEqual([
      ['socket-opened', 'openSocket', 101, null],
      ['stream-opened', 'streamGraph', 200, null],
      ['stream-closed', 'streamGraph', 200, null],
      ['request', 'openSocket', 400, 'BAD_REQUEST'],
      ['request', 'openSocket', 401, 'AUTH_REQUIRED'],
      ['request', 'openSocket', 200, null],
      ['stream-opened', 'streamGraph', 200, null],
      ['request', 'stopGraph', 200, null],
      ['stream-closed', 'streamGraph', 200, null],
      ['socket-closed', 'openSocket', 101, null],
    ]);
    const own = kept.filter(({ event }) => event.startsWith('socket-'));
    expect(own.map(({ request_id }) => request_id)).toEqual([id, id]);
    expect(own.map(({ detail }) => detail && JSON.parse(detail))).toEqual([null, { close_code: 1000 }]);
    const frames = kept.slice(1, -1);
    expect(frames.every(({ subject, path }) => subject === 'alice' && path === '/v1/graph/ws')).toBe(true);
    expect(frames.map(({ detail }) => JSON.parse(detail ?? '').frame)).toEqual([
      ...['run', 'run', 'bad', 'authenticate', 'authenticate', 'run', 'stop', 'run'],
    ]);
    expect(frames.every(({ detail }) => JSON.parse(detail ?? '').socket === id)).toBe(true);
    expect(new Set(frames.map(({ request_id }) => request_id)).size).toBe(6);
    expect([frames[2]?.request_id, frames[3]?.request_id]).toEqual([bad.data.request_id, refused.data.request_id]);
    expect(frames.filter(({ resource_id }) => resource_id === 'trail')).toHaveLength(5);
    expect(JSON.stringify(kept)).not.toContain(token);
    expect(server.output()).not.toContain(token.split('.')[2]);
  });
});
