import { type Log, type StoredPolicy, type StoredPolicyChange, silentLog, UnavailableError } from '@agentflow/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createFollowing, type FollowingOptions } from './following.js';

type Lines = readonly string[];

const change = (revision: number, add: readonly string[], remove: readonly string[] = []): StoredPolicyChange => {
  const lines = (all: readonly string[]) => all.map((text, id) => ({ id, fields: ['p', text] as const }));
  return { revision, added: lines(add), removed: lines(remove) };
};

/** A database in memory, that fails and hangs when a test says so. */
function createStore() {
  const store = {
    changes: [] as StoredPolicyChange[],
    /** What is not told any more. */
    forgotten: 0,
    fault: undefined as Error | undefined,
    hold: undefined as Promise<void> | undefined,
    reads: 0,
    asked: 0,
    lines(): StoredPolicy {
      const texts = store.changes.reduce<Lines>(applied, []);
      return {
        revision: store.changes.length,
        lines: texts.map((text, id) => ({ id, fields: ['p', text] as const })),
      };
    },
    async read() {
      store.reads += 1;
      await store.hold;
      if (store.fault !== undefined) throw store.fault;
      return store.lines();
    },
    async changesSince(revision: number) {
      store.asked += 1;
      if (store.fault !== undefined) throw store.fault;
      const found = store.changes.slice(revision);
      await store.hold;
      return revision < store.forgotten || revision > store.changes.length ? undefined : found;
    },
  };
  return store;
}

function applied(lines: Lines, { added, removed }: StoredPolicyChange): Lines {
  const texts = (all: StoredPolicyChange['added']) => all.map(({ fields }) => fields[1] ?? '');
  const gone = new Set(texts(removed));
  return [...lines.filter((line) => !gone.has(line)), ...texts(added)];
}

function appliedHere(lines: Lines, one: StoredPolicyChange): Lines {
  return buildGood(applied(lines, one).map((text, id) => ({ id, fields: ['p', text] as const })));
}

function buildGood(lines: StoredPolicy['lines']): Lines {
  const texts = lines.map(({ fields }) => fields[1] ?? '');
  if (texts.includes('bad')) throw new Error('a bad line');
  return texts;
}

/** A promise that a test fulfils. */
function createGate() {
  let open: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open: () => open() };
}

async function follow(more: Partial<FollowingOptions<Lines>> = {}) {
  const store = createStore();
  const clock = { time: 0, now: () => clock.time };
  const told: string[] = [];
  const log: Log = { ...silentLog, info: (_, text) => void told.push(text), error: (_, text) => void told.push(text) };
  let word: () => void = () => undefined;
  store.changes.push(change(1, ['a']));
  const following = await createFollowing<Lines>({
    ...{ store, clock, log, apply: appliedHere, compact: () => undefined },
    feed: {
      listen(_topic, listener) {
        word = listener;
        return () => undefined;
      },
    },
    build: async ({ lines }) => buildGood(lines),
    // Tests look themselves.
    ...{ intervalMilliseconds: 3_600_000, maxStalenessMilliseconds: 1_000 },
    ...more,
  });
  onTestFinished(() => following.close());
  return { store, clock, told, following, word: () => word() };
}

test('follows each change on its word, and reads no line again', async () => {
  const { store, following, word } = await follow();
  store.changes.push(change(2, ['b']));
  expect(following.current()).toEqual({ revision: 1, value: ['a'] });
  word();
  await expect.poll(() => following.current()).toEqual({ revision: 2, value: ['a', 'b'] });
  store.changes.push(change(3, ['c'], ['a']), change(4, ['d']));
  await following.catchUp();
  expect(following.current()).toEqual({ revision: 4, value: ['b', 'c', 'd'] });
  expect(store.reads).toBe(1);
});

test('reads all where what has changed is told no more, or the database is an older one', async () => {
  const { store, following } = await follow();
  store.changes.push(change(2, ['b']), change(3, ['c']));
  store.forgotten = 2;
  await following.catchUp();
  expect(following.current()).toEqual({ revision: 3, value: ['a', 'b', 'c'] });
  store.changes.length = 1;
  store.forgotten = 0;
  await following.catchUp();
  expect(following.current()).toEqual({ revision: 1, value: ['a'] });
  expect(store.reads).toBe(3);
});

test('whoever catches up sees what was there when they asked, though a look was under way', async () => {
  const { store, following } = await follow();
  const hold = createGate();
  store.hold = hold.promise;
  const early = following.catchUp();
  await expect.poll(() => store.asked).toBe(1);
  store.changes.push(change(2, ['b']));
  const late = following.catchUp();
  store.hold = undefined;
  hold.open();
  await Promise.all([early, late]);
  expect([following.current().revision, store.asked]).toEqual([2, 2]);
});

test('a change that was made here decides at once, and is not applied twice', async () => {
  const { store, following } = await follow();
  const hold = createGate();
  store.hold = hold.promise;
  const looking = following.catchUp();
  const own = change(2, ['b']);
  store.changes.push(own, change(3, ['c']));
  following.take(own);
  following.take(own);
  expect(following.current()).toEqual({ revision: 2, value: ['a', 'b'] });
  store.hold = undefined;
  hold.open();
  await looking;
  expect(following.current()).toEqual({ revision: 3, value: ['a', 'b', 'c'] });
});

test('a change that is not good changes nothing, whatever else came with it', async () => {
  const { store, following, told } = await follow();
  store.changes.push(change(2, ['b']), change(3, ['bad']));
  await expect(following.catchUp()).rejects.toThrow('a bad line');
  await expect(following.catchUp()).rejects.toThrow('a bad line');
  expect(following.current()).toEqual({ revision: 1, value: ['a'] });
  expect(told).toEqual(['the policy in the database cannot be read: the last one that could be still decides']);
});

test('a change that is not good here, and was taken back since, is gone past', async () => {
  const { store, following, told } = await follow();
  store.changes.push(change(2, ['bad']));
  await expect(following.catchUp()).rejects.toThrow('a bad line');
  store.changes.push(change(3, ['b'], ['bad']));
  await following.catchUp();
  expect(following.current()).toEqual({ revision: 3, value: ['a', 'b'] });
  expect(told).toHaveLength(2);
});

test('whoever cannot be answered for it is told so, and not that something broke', async () => {
  const { store, clock, following } = await follow();
  store.changes.push(change(2, ['bad']));
  await expect(following.catchUp()).rejects.toBeInstanceOf(UnavailableError);
  clock.time = 1_000;
  expect(() => following.current()).toThrow(UnavailableError);
});

test('what fails because it was closed meanwhile is no news', async () => {
  const { store, following, told } = await follow();
  const hold = createGate();
  store.hold = hold.promise;
  store.forgotten = 9;
  const looking = expect(following.catchUp()).rejects.toThrow('closed');
  await expect.poll(() => store.asked).toBe(1);
  following.close();
  store.fault = new Error('closed');
  hold.open();
  await looking;
  expect(told).toEqual([]);
});

test('the last good one decides for a while, then nothing, and it decides again when the database answers', async () => {
  const { store, clock, following, told } = await follow();
  const look = () => following.catchUp().catch(() => undefined);
  store.fault = new Error('away');
  await look();
  clock.time = 999;
  await look();
  expect([following.ready(), following.current().revision]).toEqual([true, 1]);
  clock.time = 1_000;
  await look();
  expect(() => following.current()).toThrow(/longer than "max_staleness" allows: away/);
  expect(following.ready()).toMatch(/cannot be read/);
  store.fault = undefined;
  await look();
  expect([following.ready(), following.current().revision]).toEqual([true, 1]);
  expect(told).toEqual([
    'the policy in the database cannot be read: the last one that could be still decides',
    'the policy in the database could not be read for too long: every request is refused with 503',
    'the policy in the database can be read again, and decides from now on',
  ]);
});

test('what hung for too long is given up, and changes nothing when it comes back', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { store, following } = await follow();
  const hold = createGate();
  store.hold = hold.promise;
  const hanging = following.catchUp();
  const failed = expect(hanging).rejects.toThrow('did not answer within 10000 ms');
  await vi.advanceTimersByTimeAsync(10_000);
  await failed;
  store.hold = undefined;
  store.changes.push(change(2, ['b']), change(3, ['c'], ['b']));
  await following.catchUp();
  hold.open();
  await vi.advanceTimersByTimeAsync(1);
  expect(following.current()).toEqual({ revision: 3, value: ['a', 'c'] });
});

test('looks by itself, twice within the time in which it must know', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { store, following } = await follow({ intervalMilliseconds: 1_000 });
  store.changes.push(change(2, ['b']));
  await vi.advanceTimersByTimeAsync(500);
  expect(following.current().revision).toBe(2);
  following.close();
  store.changes.push(change(3, ['c']));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(following.current().revision).toBe(2);
});

test('what changes while it is compacted is in what comes of it', async () => {
  const work = createGate();
  const compacted: Lines[] = [];
  const { store, following } = await follow({
    compact: (value) => {
      if (value.length < 3 || compacted.length > 0) return undefined;
      compacted.push(value);
      return work.promise.then(() => value.map((text) => text.toUpperCase()));
    },
  });
  store.changes.push(change(2, ['b', 'c']));
  await following.catchUp();
  store.changes.push(change(3, ['d'], ['D']), change(4, ['e']));
  await following.catchUp();
  expect(following.current()).toEqual({ revision: 4, value: ['a', 'b', 'c', 'd', 'e'] });
  work.open();
  await expect.poll(() => following.current()).toEqual({ revision: 4, value: ['A', 'B', 'C', 'd', 'e'] });
  expect(compacted).toEqual([['a', 'b', 'c']]);
});

test('what is read anew while it is compacted stays', async () => {
  const work = createGate();
  let compactions = 0;
  const { store, following } = await follow({
    compact: (value) => {
      compactions += 1;
      return compactions > 1 ? undefined : work.promise.then(() => [...value, 'of old']);
    },
  });
  store.changes.push(change(2, ['b']));
  await following.catchUp();
  store.changes.push(change(3, ['c']));
  store.forgotten = 3;
  await following.catchUp();
  work.open();
  await work.promise;
  store.changes.push(change(4, ['d']));
  await following.catchUp();
  expect(following.current()).toEqual({ revision: 4, value: ['a', 'b', 'c', 'd'] });
});
