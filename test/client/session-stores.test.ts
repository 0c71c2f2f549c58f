import { inspect } from 'node:util';
import {
  AgentFlowClient,
  type AgentFlowClientOptions,
  type SessionEnd,
  type SessionStore,
  SessionStoreError,
} from '@agentflow/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveScript } from '../harness/scripted-server.js';
import { memoryStore, password, playSessions, type SessionServer } from '../harness/scripted-sessions.js';

/* A session that is kept: over a restart, and by several clients at once, as the tabs of a browser are. */

const server = serveScript();
let sessions: SessionServer;
const ends: string[] = [];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  ends.length = 0;
  sessions = playSessions(server);
});
afterEach(() => void vi.useRealTimers());

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const refreshes = () => sessions.count('/v1/auth/refresh');

/** A client that says which one it is when its session ends. */
const make = (name: string, sessionStore: SessionStore, options: Partial<AgentFlowClientOptions> = {}) => {
  const onSessionEnd = ({ reason }: SessionEnd) => void ends.push(`${name}: ${reason}`);
  return new AgentFlowClient({ baseUrl: server.url, sessionStore, onSessionEnd, ...options });
};

/** Two that have one session: the first has signed in, the second has read it. */
async function two(store: SessionStore): Promise<readonly [AgentFlowClient, AgentFlowClient]> {
  const [first, second] = [make('first', store), make('second', store)];
  await first.auth.login({ username: 'ann', password });
  await second.me();
  return [first, second];
}

/** As `navigator.locks` does it: one after the other. */
function withLock(store: SessionStore): SessionStore {
  let last: Promise<unknown> = Promise.resolve();
  const exclusive = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  return { ...store, load: () => store.load(), exclusive };
}

describe('over a restart', () => {
  test('the session goes on, with the token it has and then with the next', async () => {
    const store = memoryStore();
    await make('first', store).auth.login({ username: 'ann', password });
    const later = make('later', store);
    expect(await later.me()).toMatchObject({ session: 0 });
    expect([later.auth.user?.username, refreshes()]).toEqual(['ann', 0]);
    pass(901);
    const latest = make('latest', store);
    expect(await latest.me()).toMatchObject({ session: 0 });
    expect([refreshes(), store.kept?.refreshToken]).toEqual([1, sessions.secrets.at(-1)]);
  });

  test('the store is read once, whoever waits for it, and not by who needs no credential', async () => {
    const store = memoryStore();
    const load = vi.spyOn(store, 'load');
    const client = make('one', store);
    await client.auth.methods();
    expect(load).not.toHaveBeenCalled();
    await Promise.allSettled(Array.from({ length: 20 }, () => client.me()));
    expect(load).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['nothing', null],
    ['what is no session', { token: 'half-of-one' }],
    ['a text', 'text'],
  ])('%s in the store is nobody, and the client is what it was made as', async (_what, kept) => {
    const store = { ...memoryStore(), load: () => kept as never };
    const client = make('one', store, { authToken: 'given-before' });
    await client.me().catch(() => {});
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer given-before']);
    expect(client.auth.user).toBeNull();
  });

  test('logout leaves nothing behind', async () => {
    const store = memoryStore();
    const client = make('one', store);
    await client.auth.login({ username: 'ann', password });
    expect(store.kept?.user.username).toBe('ann');
    await client.auth.logout();
    expect([store.kept, ends]).toEqual([null, ['one: signed-out']]);
    await expect(make('next', store).me()).rejects.toMatchObject({ status: 401 });
  });
});

describe('two clients of one store', () => {
  test('what one has renewed, the other takes: an old refresh token is never sent', async () => {
    const [first, second] = await two(memoryStore());
    for (let round = 1; round <= 3; round += 1) {
      pass(901);
      expect(await first.me()).toMatchObject({ session: 0 });
      expect(await second.me()).toMatchObject({ session: 0 });
      expect(refreshes()).toBe(round);
    }
    sessions.refuseTokens();
    await Promise.all([second.me(), second.me()]);
    await first.me();
    expect([refreshes(), ends]).toEqual([4, []]);
  });

  test('at the same moment, with a lock: fifty calls of each, and one refresh', async () => {
    const store = withLock(memoryStore());
    const [first, second] = await two(store);
    pass(901);
    sessions.rules.delay = 20;
    await Promise.all(Array.from({ length: 50 }, () => [first.me(), second.me()]).flat());
    expect([refreshes(), ends]).toEqual([1, []]);
  });

  test('at the same moment, without one: who comes second takes what the first has got', async () => {
    const [first, second] = await two(memoryStore());
    pass(901);
    Object.assign(sessions.rules, { delay: 20, isForgiving: true });
    const all = await Promise.all(Array.from({ length: 20 }, () => [first.me(), second.me()]).flat());
    expect(all).toHaveLength(40);
    expect([refreshes(), ends]).toEqual([2, []]);
    pass(901);
    await first.me();
    await second.me();
    expect(refreshes()).toBe(3);
  });

  test('a session that the server has ended ends for both', async () => {
    const store = memoryStore();
    const [first, second] = await two(store);
    sessions.endAll();
    await expect(first.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(store.kept).toBeNull();
    await expect(second.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect([ends, refreshes()]).toEqual([['first: refused', 'second: elsewhere'], 1]);
  });

  test('whoever signs out in one is out in the other', async () => {
    const [first, second] = await two(memoryStore());
    await first.auth.logout();
    await expect(second.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect([ends, refreshes()]).toEqual([['first: signed-out', 'second: elsewhere'], 0]);
  });

  test('nobody becomes somebody else because another has signed in, nor signs them out', async () => {
    const store = memoryStore();
    const [first, second] = await two(store);
    await first.auth.login({ username: 'ben', password });
    expect(await second.me()).toMatchObject({ subject: 'usr_ann' });
    pass(901);
    await expect(second.me()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect([ends, store.kept?.user.username]).toEqual([['second: elsewhere'], 'ben']);
    expect(await first.me()).toMatchObject({ subject: 'usr_ben' });
    const third = make('third', store);
    await third.me();
    await second.auth.login({ username: 'ann', password });
    await third.auth.logout();
    expect(store.kept?.user.username).toBe('ann');
  });
});

describe('a store that fails', () => {
  const secret = 'what-the-store-was-to-keep';
  const failing = (...names: readonly (keyof SessionStore)[]): SessionStore => {
    const fail = () => Promise.reject(new Error(`cannot do it with ${secret}`));
    return { ...memoryStore(), ...Object.fromEntries(names.map((name) => [name, fail])) };
  };

  test('to read: nothing is sent, and the next call reads again', async () => {
    const store = failing('load');
    const client = make('one', store);
    const error = await client.me().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'CredentialError', code: 'SESSION_STORE_FAILED' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    expect(server.seen).toEqual([]);
    Object.assign(store, { load: () => null });
    await expect(client.me()).rejects.toMatchObject({ status: 401 });
  });

  test('to write: login says so, and the session is there; a refresh goes on', async () => {
    const lines: string[] = [];
    const store = { ...memoryStore(), save: failing('save').save };
    const client = make('one', store, { debug: (line) => void lines.push(line) });
    await expect(client.auth.login({ username: 'ann', password })).rejects.toMatchObject({
      code: 'SESSION_STORE_FAILED',
    });
    expect(await client.me()).toMatchObject({ session: 0 });
    expect(lines.join()).not.toContain(secret);
  });

  test('to save what a refresh has brought: the request goes on with it', async () => {
    const lines: string[] = [];
    const store = memoryStore();
    const client = make('one', store, { debug: (line) => void lines.push(line) });
    await client.auth.login({ username: 'ann', password });
    Object.assign(store, { save: failing('save').save });
    pass(901);
    expect(await client.me()).toMatchObject({ session: 0 });
    expect(lines).toContain('the session was not saved');
  });

  test('to lock: the session stays, and the next call tries again', async () => {
    const store = memoryStore();
    const exclusive = vi.fn(() => Promise.reject(new Error(secret)));
    const client = make('one', Object.assign(store, { exclusive }));
    await client.auth.login({ username: 'ann', password });
    pass(901);
    await expect(client.me()).rejects.toMatchObject({ code: 'SESSION_STORE_FAILED' });
    Object.assign(store, { exclusive: undefined });
    expect(await client.me()).toMatchObject({ session: 0 });
    expect([exclusive.mock.calls.length, refreshes(), ends]).toEqual([1, 1, []]);
  });

  test.each(['load', 'save', 'clear', 'exclusive'] as const)(
    'and vouches for its words (%s): the program is told them',
    async (name) => {
      const store = memoryStore();
      const client = make('one', store);
      if (name !== 'save' && name !== 'load') await client.auth.login({ username: 'ann', password });
      const cause = new SessionStoreError('others can read the file: chmod 600 it');
      Object.assign(store, { [name]: () => Promise.reject(cause) });
      const calls = {
        ...{ load: () => client.me(), save: () => client.auth.login({ username: 'ann', password }) },
        ...{ clear: () => client.auth.logout(), exclusive: () => client.auth.refresh() },
      };
      await expect(calls[name]()).rejects.toMatchObject({
        ...{ name: 'CredentialError', code: 'SESSION_STORE_FAILED', cause },
        message: 'The store of the session has failed: others can read the file: chmod 600 it',
      });
    },
  );

  test('an error of the program, thrown under the lock, is not the store’s', async () => {
    const store = withLock(memoryStore());
    const fault = new TypeError('a mistake in the program');
    const onSessionEnd = () => {
      throw fault;
    };
    const client = make('one', store, { onSessionEnd });
    await client.auth.login({ username: 'ann', password });
    await store.clear();
    await expect(client.auth.refresh()).rejects.toBe(fault);
  });
});
