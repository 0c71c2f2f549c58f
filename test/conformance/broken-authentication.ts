import {
  type AuthenticationContext,
  type AuthenticationRequest,
  authenticated,
  createPrincipal,
  rejected,
} from 'agentflow';
import { createManualClock } from 'agentflow/testing';

/*
 * Backends with one fault each. All are asked about the same keys of the same people; whatever is not the fault is right.
 */

export const aliceKey = 'alice-key-0123456789';
export const bobKey = 'bob-key-0123456789';
export const hangingKey = 'hanging-key-0123456789';

const people: Readonly<Record<string, { readonly user_id: string; readonly role: string }>> = {
  [aliceKey]: { user_id: 'alice', role: 'user' },
  [bobKey]: { user_id: 'bob', role: 'admin' },
};

export const clock = createManualClock(Date.parse('2026-01-01T00:00:00Z'));
export const expiresAt = Date.parse('2026-01-01T00:01:00Z');

type Authenticate = (request: AuthenticationRequest, context: AuthenticationContext) => unknown;

interface Plugin {
  readonly authenticate: Authenticate;
  readonly reads?: (headers: { get(name: string): string | null | undefined }) => readonly string[];
  readonly challenge?: () => unknown;
  readonly describe?: () => unknown;
  readonly close?: () => unknown;
}

const keyOf = ({ headers }: AuthenticationRequest) => headers.get('X-API-Key');
const pause = () => new Promise((resolve) => setImmediate(resolve));
const find = (key: string | null) =>
  key !== null && Object.hasOwn(people, key) && clock.now() < expiresAt ? people[key] : null;

/** Waits until the signal ends it, as a backend does that asks somebody else. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new Error('the answer did not come'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

const right: Authenticate = async (request, { signal }) => {
  const key = keyOf(request);
  await pause();
  return key === hangingKey ? untilAborted(signal) : find(key);
};

/** Nothing is wrong with it. */
export const healthy: Plugin = {
  authenticate: right,
  reads: (headers) => [headers.get('x-api-key') ?? []].flat(),
  challenge: () => ({ scheme: 'ApiKey', parameters: { realm: 'agentflow' } }),
  describe: () => 'two keys',
  close: () => undefined,
};

/** Replaces one part of the healthy one for a key that is there. */
const answering = (
  answer: (key: string, request: AuthenticationRequest, context: AuthenticationContext) => unknown,
) => ({
  authenticate: async (request: AuthenticationRequest, context: AuthenticationContext) => {
    const key = keyOf(request);
    if (key === null || key === hangingKey) return right(request, context);
    return answer(key, request, context);
  },
});

const table: Readonly<Record<string, unknown>> = { ...people };

/** What is wrong, the part that is, and the test that must find it. */
export const brokenAuthentication: readonly (readonly [fault: string, part: () => Partial<Plugin>, found: RegExp])[] = [
  [
    'lets in whoever has no credential',
    () => ({ authenticate: (r, c) => (keyOf(r) === null ? { user_id: 'guest' } : right(r, c)) }),
    /^no credential/,
  ],
  [
    'throws where there is no credential',
    () => ({
      authenticate: (r, c) => {
        if (keyOf(r) === null) throw new Error('no key');
        return right(r, c);
      },
    }),
    /^no credential/,
  ],
  [
    'rejects where there is no credential, so that no other backend may speak',
    () => ({ authenticate: (r, c) => (keyOf(r) === null ? rejected('no key') : right(r, c)) }),
    /^no credential/,
  ],
  ['lets in whoever has any credential', () => answering(() => people[aliceKey]), /^bad: an unknown key/],
  [
    'throws at an unknown key',
    () =>
      answering((key) => {
        const found = find(key);
        if (!found) throw new Error('unknown');
        return found;
      }),
    /^bad: an unknown key/,
  ],
  [
    'takes the wrong field for the subject',
    () =>
      answering((key) => {
        const found = find(key);
        return found && { user_id: found.role, role: found.user_id };
      }),
    /^good: alice/,
  ],
  [
    'forgets the roles',
    () =>
      answering((key) => {
        const found = find(key);
        return found && { user_id: found.user_id };
      }),
    /^good: alice/,
  ],
  ['answers with a text', () => answering((key) => find(key)?.user_id ?? null), /^good: alice/],
  [
    'answers with an id in a list',
    () =>
      answering((key) => {
        const found = find(key);
        return found && { ...found, user_id: [found.user_id] };
      }),
    /^good: alice/,
  ],
  [
    'answers with what looks like a result',
    () =>
      answering((key) => {
        const found = find(key);
        return found && { kind: 'authenticated', principal: { subject: found.user_id, roles: [found.role] } };
      }),
    /^good: alice/,
  ],
  ['never answers', () => answering(() => new Promise(() => undefined)), /^good: alice/],
  [
    'compares the beginning of the key only',
    () => answering((key) => Object.entries(people).find(([known]) => key.startsWith(known))?.[1] ?? null),
    /^nearly good: alice/,
  ],
  [
    'compares as much as it is given',
    () => answering((key) => Object.entries(people).find(([known]) => known.startsWith(key))?.[1] ?? null),
    /^nearly good: alice/,
  ],
  ['compares without case', () => answering((key) => find(key.toLowerCase())), /^nearly good: alice/],
  [
    'finds what every object has',
    () =>
      answering((key) => {
        const found = table[key];
        return found ? { user_id: 'alice', role: 'user', ...Object(found) } : null;
      }),
    /^strange texts/,
  ],
  [
    'builds a pattern from the key',
    () => answering((key) => Object.entries(people).find(([known]) => new RegExp(key).test(known))?.[1] ?? null),
    /^strange texts/,
  ],
  ['takes the first of two keys', () => answering((key) => find(key.split(', ')[0] ?? key)), /^two credentials/],
  [
    'reads a credential where there is none',
    () => ({ reads: (headers) => [headers.get('x-api-key') ?? ''] }),
    /^what it reads/,
  ],
  [
    'reads another text than the credential',
    () => ({ reads: (headers) => (headers.get('x-api-key') ? ['always the same'] : []) }),
    /^what it reads/,
  ],
  [
    'puts the key into the user',
    () =>
      answering((key) => {
        const found = find(key);
        return found && { ...found, login: { by: [key] } };
      }),
    /^the credential is told to nobody: good: alice/,
  ],
  [
    'names the credential by itself',
    () =>
      answering((key) => {
        const found = find(key);
        return (
          found &&
          authenticated(createPrincipal({ realm: 'local', subject: found.user_id, roles: [found.role] }), {
            credentialId: key,
          })
        );
      }),
    /^the credential is told to nobody: good: alice/,
  ],
  [
    'repeats the key in its refusal',
    () => answering((key) => find(key) ?? rejected(`there is no key ${key}`)),
    /^the credential is told to nobody: bad/,
  ],
  [
    'repeats the key in an error',
    () =>
      answering((key) => {
        const found = find(key);
        if (!found) throw new Error(`no key ${key}`);
        return found;
      }),
    /^the credential is told to nobody: bad/,
  ],
  [
    'writes the key into the log',
    () =>
      answering((key, _request, { log }) => {
        log.info({ key }, 'a key');
        return find(key);
      }),
    /^the credential is told to nobody: good: alice/,
  ],
  [
    'tells the keys that it knows',
    () => ({ describe: () => `takes ${Object.keys(people).join(', ')}` }),
    /^the credential is told to nobody: good: alice/,
  ],
  [
    'keeps whom it asks about in itself, and asks somebody meanwhile',
    () => {
      let current: string | null = null;
      return answering(async (key) => {
        current = key;
        await pause();
        return find(current);
      });
    },
    /^100 requests at once/,
  ],
  [
    'shares the answer of the request that was first',
    () => {
      let pending: Promise<unknown> | undefined;
      return answering((key) => {
        pending ??= pause().then(() => {
          pending = undefined;
          return find(key);
        });
        return pending;
      });
    },
    /^100 requests at once/,
  ],
  [
    'lets in only once',
    () => {
      const seen = new Set<string>();
      return answering((key) => {
        if (seen.has(key)) return null;
        seen.add(key);
        return find(key);
      });
    },
    /^the same request has the same answer/,
  ],
  [
    'remembers the one who was let in last',
    () => {
      let last: unknown = null;
      return answering((key) => {
        last = find(key) ?? last;
        return last;
      });
    },
    /^the same request has the same answer/,
  ],
  [
    'changes the headers around what refuses it',
    () =>
      answering((key, { headers }) => {
        Headers.prototype.delete.call(headers, 'X-API-Key');
        return find(key);
      }),
    /^the request stays as it was/,
  ],
  [
    'changes the headers',
    () =>
      answering((key, { headers }) => {
        headers.delete('X-API-Key');
        return find(key);
      }),
    /^good: alice/,
  ],
  [
    'does not hear the signal',
    () => ({ authenticate: (r, c) => (keyOf(r) === hangingKey ? new Promise(() => undefined) : right(r, c)) }),
    /^slow/,
  ],
  [
    'lets in when it has waited in vain',
    () => ({
      authenticate: (r, c) =>
        keyOf(r) === hangingKey ? untilAborted(c.signal).catch(() => people[aliceKey]) : right(r, c),
    }),
    /^slow/,
  ],
  [
    'takes a credential at its very end',
    () => answering((key) => (clock.now() <= expiresAt && Object.hasOwn(people, key) ? people[key] : null)),
    /^expiring/,
  ],
  [
    'ends a credential too early',
    () => answering((key) => (clock.now() < expiresAt - 500 ? find(key) : null)),
    /^expiring/,
  ],
  ['knows no end', () => answering((key) => (Object.hasOwn(people, key) ? people[key] : null)), /^expiring/],
  [
    'has a challenge with a line feed',
    () => ({ challenge: () => ({ scheme: 'ApiKey', parameters: { realm: 'a\r\nX-Injected: yes' } }) }),
    /^its challenge/,
  ],
  ['has a challenge without a scheme', () => ({ challenge: () => ({ parameters: {} }) }), /^its challenge/],
  [
    'has another challenge each time',
    () => {
      let nonce = 0;
      return { challenge: () => ({ scheme: 'ApiKey', parameters: { realm: 'agentflow', nonce: String(nonce++) } }) };
    },
    /^its challenge/,
  ],
  ['describes itself in two lines', () => ({ describe: () => 'two\nlines' }), /^its description/],
  ['describes itself later', () => ({ describe: () => Promise.resolve('later') }), /^its description/],
  [
    'cannot be closed twice',
    () => {
      let isOpen = true;
      return {
        close: () => {
          if (!isOpen) throw new Error('closed already');
          isOpen = false;
        },
      };
    },
    /^it can be closed twice/,
  ],
];
