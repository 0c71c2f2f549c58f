import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { allow, type Decision, deny } from '../../authorization-backend.js';
import { type AuthenticationAnswer, authenticated, rejected } from '../../base-auth.js';
import { createChangeBell } from '../../change-bell.js';
import { NotFoundError, RequestError } from '../../errors.js';
import { silentLog } from '../../log.js';
import { createPrincipal } from '../../principal.js';
import type { RequestView } from '../request.js';
import { openAccessLease, type Presented } from './access-lease.js';
import type { AuthorityInForce } from './authority.js';
import { shareLease } from './share-lease.js';

/** The credential is a header field: who somebody is stands in it. */
const requestOf = (credential: string): RequestView => ({
  ...{ id: 'r1', method: 'GET', target: '/', path: '/', query: new URLSearchParams(), address: '192.0.2.1' },
  ...{ match: { kind: 'not-found' }, headers: new Map([['credential', credential]]), isSecure: false },
  ...{ transport: 'http', credential: null, body: (async function* () {})() },
  ...{ signal: new AbortController().signal, serverEnd: new AbortController().signal },
});
const principalOf = (subject: string, roles: readonly string[] = []) =>
  createPrincipal({ realm: 'local', subject, roles });

type Answer<T> = T | Promise<T>;

/** Everything that a lease rests on, to be changed while it goes on. */
interface Answers {
  authenticate(credential: string): Answer<AuthenticationAnswer>;
  authorize(): Answer<Decision>;
  isRevoked(): boolean;
}

function createWorld() {
  const answers: Answers = {
    authenticate: (credential) => authenticated(principalOf(credential)),
    authorize: () => allow('may'),
    isRevoked: () => false,
  };
  const world = { asked: [] as string[], held: 0, deadline: 300, bell: createChangeBell(), ...answers };
  const backend = { describe: () => '', close: () => undefined };
  const auth = {
    ...backend,
    challenge: () => ({ scheme: 'Test', parameters: {} }),
    authenticate: ({ headers }: { readonly headers: Headers }) => {
      const credential = headers.get('credential') ?? '';
      world.asked.push(credential);
      return world.authenticate(credential);
    },
  };
  const authentication = [
    {
      name: 'auth',
      backend: auth,
      get deadlineMilliseconds() {
        return world.deadline;
      },
    },
  ];
  const authorization = {
    name: 'rules',
    backend: { ...backend, ready: () => true as const, authorize: () => world.authorize() },
    get deadlineMilliseconds() {
      return world.deadline;
    },
  };
  const authority = {
    authenticate: { backends: authentication, revocations: { isRevoked: () => world.isRevoked() }, log: silentLog },
    authorize: { backends: [authorization], authentication, log: silentLog },
  };
  const inForce: AuthorityInForce = {
    hold() {
      world.held += 1;
      return {
        authority,
        release: () => {
          world.held -= 1;
        },
      };
    },
    onChange: (listener) => world.bell.listen(listener),
    changed: () => world.bell.ring(),
  };
  const presented: Presented = {
    request: requestOf('alice'),
    caller: { principal: principalOf('alice'), method: 'auth', evidence: {} },
  };
  const open = () =>
    openAccessLease({
      ...{ presented, inForce, recheckMilliseconds: 1000, log: silentLog },
      access: { resource: 'graph', action: 'stream' },
    });
  return { world, presented, open };
}

const codeOf = ({ aborted, reason }: AbortSignal) =>
  aborted ? (reason instanceof RequestError ? reason.code : String(reason)) : undefined;
const never = () => new Promise<never>(() => {});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets what has been asked be answered. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('a lease', () => {
  test('asks twice within the interval, of what is in force, and goes on while the answers are yes', async () => {
    const { world, open } = createWorld();
    const lease = open();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([world.asked.length, world.held, codeOf(lease.signal)]).toEqual([20, 0, undefined]);
    lease.release();
  });

  test.each<[string, Partial<Answers>, string]>([
    ['a credential that is good no more', { authenticate: () => rejected('gone') }, 'AUTH_REQUIRED'],
    ['one that has expired', { authenticate: () => rejected('expired', 'TOKEN_EXPIRED') }, 'TOKEN_EXPIRED'],
    ['one that nobody takes', { authenticate: () => null }, 'AUTH_REQUIRED'],
    ["one that is somebody else's", { authenticate: () => authenticated(principalOf('bob')) }, 'AUTH_REQUIRED'],
    ['one that was revoked', { isRevoked: () => true }, 'AUTH_REQUIRED'],
    ['a permission that is gone', { authorize: () => deny('no') }, 'ACCESS_DENIED'],
    ['a backend that throws', { authenticate: () => Promise.reject(new Error('away')) }, 'UNAVAILABLE'],
    ['rules that throw', { authorize: () => Promise.reject(new Error('away')) }, 'UNAVAILABLE'],
    ['revocations that throw', { isRevoked: () => JSON.parse('{') as boolean }, 'UNAVAILABLE'],
  ])('ends with %s, once, and asks no more', async (_what, change, code) => {
    const { world, open } = createWorld();
    const lease = open();
    await vi.advanceTimersByTimeAsync(700);
    Object.assign(world, change);
    await vi.advanceTimersByTimeAsync(300);
    expect(codeOf(lease.signal)).toBe(code);
    const { length } = world.asked;
    world.bell.ring();
    await vi.advanceTimersByTimeAsync(5_000);
    expect([world.asked.length, world.held]).toEqual([length, 0]);
  });

  test('ends with its credential while rules take their time, and asks each once at a time', async () => {
    const { world, open } = createWorld();
    const lease = open();
    Object.assign(world, { authorize: never, deadline: 60_000 });
    await vi.advanceTimersByTimeAsync(2_100);
    expect([world.asked.length, world.held, codeOf(lease.signal)]).toEqual([4, 1, undefined]);
    Object.assign(world, { authenticate: never });
    await vi.advanceTimersByTimeAsync(5_000);
    expect([world.asked.length, world.held, codeOf(lease.signal)]).toEqual([5, 2, undefined]);
    lease.release();

    const other = open();
    Object.assign(world, { authenticate: (credential: string) => authenticated(principalOf(credential)) });
    await vi.advanceTimersByTimeAsync(700);
    Object.assign(world, { authenticate: () => rejected('expired', 'TOKEN_EXPIRED') });
    await vi.advanceTimersByTimeAsync(300);
    expect(codeOf(other.signal)).toBe('TOKEN_EXPIRED');
  });

  test.each<[string, Partial<Answers>]>([
    ['a backend', { authenticate: never }],
    ['rules', { authorize: never }],
  ])('ends with %s that hangs, at its deadline', async (_what, change) => {
    const { world, open } = createWorld();
    const lease = open();
    Object.assign(world, change);
    await vi.advanceTimersByTimeAsync(799);
    expect(codeOf(lease.signal)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect([codeOf(lease.signal), world.held]).toEqual(['UNAVAILABLE', 0]);
  });

  test('goes on with other roles: who somebody is cannot change, what they have can', async () => {
    const { world, presented, open } = createWorld();
    const lease = open();
    world.authenticate = (credential) => authenticated(principalOf(credential, ['chief']));
    await vi.advanceTimersByTimeAsync(500);
    expect([codeOf(lease.signal), presented.caller.principal.roles]).toEqual([undefined, ['chief']]);
    lease.release();
  });

  test('asks at once when something has changed, and once more for what changes while it asks', async () => {
    const { world, open } = createWorld();
    const lease = open();
    let answer: (decision: Decision) => void = () => {};
    world.authorize = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    world.bell.ring();
    await settle();
    expect(world.asked.length).toBe(1);
    // Three changes meanwhile, of which the answer that is on its way knows nothing.
    world.bell.ring();
    world.bell.ring();
    world.bell.ring();
    const yes = answer;
    world.authorize = () => deny('no');
    yes(allow('may'));
    await settle();
    expect([world.asked.length, codeOf(lease.signal)]).toEqual([2, 'ACCESS_DENIED']);
  });

  test('that was given back asks no more, and is not ended by what was being asked', async () => {
    const { world, open } = createWorld();
    const lease = open();
    world.authorize = never;
    await vi.advanceTimersByTimeAsync(500);
    lease.release();
    lease.release();
    await vi.advanceTimersByTimeAsync(5_000);
    world.bell.ring();
    expect([world.asked.length, world.held, codeOf(lease.signal)]).toEqual([1, 0, undefined]);
  });
});

describe('what must hold beside', () => {
  test('ends the lease with its own reason, and is not asked any more once it was taken back', async () => {
    const { open } = createWorld();
    const lease = open();
    let asked = 0;
    const stop = lease.require(async () => {
      asked += 1;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([asked, codeOf(lease.signal)]).toEqual([2, undefined]);
    lease.require(() => Promise.reject(new NotFoundError()));
    await vi.advanceTimersByTimeAsync(500);
    expect(codeOf(lease.signal)).toBe('NOT_FOUND');
  });

  test('ends it where it cannot be told, or hangs', async () => {
    for (const condition of [() => Promise.reject(new Error('away')), never]) {
      const { open } = createWorld();
      const lease = open();
      lease.require(condition);
      await vi.advanceTimersByTimeAsync(5_500);
      expect(codeOf(lease.signal)).toBe('UNAVAILABLE');
    }
  });
});

describe('another credential', () => {
  test('of the same principal takes the place of the first, which is not asked about any more', async () => {
    const { world, open } = createWorld();
    const lease = open();
    world.authenticate = (credential) =>
      credential === 'alice' ? rejected('expired') : authenticated(principalOf('alice'));
    await expect(lease.renew(requestOf('fresh'))).resolves.toMatchObject({ principal: { subject: 'alice' } });
    await vi.advanceTimersByTimeAsync(2_000);
    expect([codeOf(lease.signal), new Set(world.asked)]).toEqual([undefined, new Set(['fresh'])]);
    lease.release();
  });

  test.each<[string, Partial<Answers>]>([
    [
      'is not good',
      { authenticate: (one: string) => (one === 'alice' ? authenticated(principalOf('alice')) : rejected('no')) },
    ],
    ["is somebody else's", {}],
    ['may not', { authorize: () => deny('no') }],
  ])('that %s changes nothing', async (_what, change) => {
    const { world, presented, open } = createWorld();
    const { request } = presented;
    const lease = open();
    Object.assign(world, change);
    await expect(lease.renew(requestOf('bob'))).rejects.toBeInstanceOf(RequestError);
    expect([codeOf(lease.signal), presented.request]).toEqual([undefined, request]);
    lease.release();
  });

  test('saves the lease from what is being found wrong with the first', async () => {
    const { world, open } = createWorld();
    const lease = open();
    let refuse: (answer: AuthenticationAnswer) => void = () => {};
    world.authenticate = (credential) =>
      credential === 'alice'
        ? new Promise((resolve) => {
            refuse = resolve;
          })
        : authenticated(principalOf('alice'));
    await vi.advanceTimersByTimeAsync(500);
    await lease.renew(requestOf('fresh'));
    refuse(rejected('expired', 'TOKEN_EXPIRED'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(codeOf(lease.signal)).toBeUndefined();
    lease.release();
  });
});

test('what a call has going on shares one lease, which is given back with the last of it', async () => {
  const { world, open } = createWorld();
  const openShared = shareLease(open);
  const [stream, run] = [openShared(), openShared()];
  expect(stream.signal).toBe(run.signal);
  run.release();
  run.release();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(world.asked.length).toBe(2);
  stream.release();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(world.asked.length).toBe(2);
  // What is opened later is another.
  const later = openShared();
  await vi.advanceTimersByTimeAsync(500);
  expect([later.signal === stream.signal, world.asked.length]).toEqual([false, 3]);
  later.release();
});
