import type { AuthorizationBackend, BaseAuth } from 'agentflow';
import { describeAuthorizationBackend, describeBaseAuth } from 'agentflow/testing';
import { describe, expect, test } from 'vitest';
import {
  aliceKey,
  bobKey,
  brokenAuthentication,
  clock,
  expiresAt,
  hangingKey,
  healthy as healthyAuthentication,
} from './broken-authentication.js';
import { brokenAuthorization, healthy as healthyAuthorization } from './broken-authorization.js';
import { createRecorder } from './record.js';

/* The suites find what is wrong: each backend here has one fault, and fails the test that names it. */

/** Short, because a backend that never answers is waited for in many tests. */
const deadlineMilliseconds = 50;

function authenticationFailures(parts: () => object) {
  const runner = createRecorder();
  // A plugin in JavaScript is under no type: here neither.
  const factory = () => ({ ...healthyAuthentication, ...parts() }) as unknown as BaseAuth;
  const key = (text: string) => ({ headers: { 'X-API-Key': text } });
  describeBaseAuth('broken', factory, {
    good: [
      { what: 'alice', ...key(aliceKey), subject: 'alice', roles: ['user'] },
      { what: 'bob', ...key(bobKey), subject: 'bob', roles: ['admin'] },
    ],
    bad: [{ what: 'an unknown key', ...key('mallory-key-0123456789') }],
    slow: { what: 'a key that is looked up elsewhere', ...key(hangingKey) },
    expiring: { what: 'alice', ...key(aliceKey), clock, expiresAt },
    ...{ deadlineMilliseconds, runner },
  });
  return runner;
}

function authorizationFailures(parts: () => object) {
  const runner = createRecorder();
  const factory = () => ({ ...healthyAuthorization, ...parts() }) as unknown as AuthorizationBackend;
  describeAuthorizationBackend('broken', factory, {
    allowed: [
      { what: 'a user runs', user: { subject: 'alice', roles: ['user'] }, resource: 'graph', action: 'invoke' },
      {
        what: 'an administrator repairs',
        user: { subject: 'bob', roles: ['admin'] },
        resource: 'graph',
        action: 'fix',
      },
    ],
    denied: [
      { what: 'a guest runs', user: { subject: 'carol', roles: ['guest'] }, resource: 'graph', action: 'invoke' },
      { what: 'a user repairs', user: { subject: 'alice', roles: ['user'] }, resource: 'graph', action: 'fix' },
    ],
    ...{ deadlineMilliseconds, runner },
  });
  return runner;
}

describe('authentication', () => {
  test('a healthy one passes every test', async () => {
    const suite = authenticationFailures(() => ({}));
    expect(await suite.failures()).toEqual([]);
    expect(suite.count).toBeGreaterThan(18);
  });

  test(`${brokenAuthentication.length} faults are told apart`, () => {
    expect(new Set(brokenAuthentication.map(([fault]) => fault)).size).toBe(brokenAuthentication.length);
    expect(brokenAuthentication.length).toBeGreaterThanOrEqual(12);
  });

  test.each(brokenAuthentication)('%s', async (_fault, parts, found) => {
    const failures = await authenticationFailures(parts).failures();
    expect(failures).toContainEqual(expect.stringMatching(found));
  });

  test('cases that leave nothing to check are refused', () => {
    const factory = () => healthyAuthentication as unknown as BaseAuth;
    const runner = createRecorder();
    expect(() => describeBaseAuth('none', factory, { good: [], bad: [], runner })).toThrow(TypeError);
    const good = [{ what: 'alice', headers: { 'X-API-Key': aliceKey }, subject: 'alice' }];
    const everybody = { subject: 'alice' };
    expect(() => describeBaseAuth('both', factory, { good, bad: [], everybody, runner })).toThrow(TypeError);
    expect(runner.count).toBe(0);
  });
});

describe('authorization', () => {
  test('a healthy one passes every test', async () => {
    const suite = authorizationFailures(() => ({}));
    expect(await suite.failures()).toEqual([]);
    expect(suite.count).toBeGreaterThan(15);
  });

  test(`${brokenAuthorization.length} faults are told apart`, () => {
    expect(new Set(brokenAuthorization.map(([fault]) => fault)).size).toBe(brokenAuthorization.length);
    expect(brokenAuthorization.length).toBeGreaterThanOrEqual(8);
  });

  test.each(brokenAuthorization)('%s', async (_fault, parts, found) => {
    const failures = await authorizationFailures(parts).failures();
    expect(failures).toContainEqual(expect.stringMatching(found));
  });

  test('cases that leave nothing to check are refused', () => {
    const factory = () => healthyAuthorization as unknown as AuthorizationBackend;
    const runner = createRecorder();
    const allowed = [{ what: 'any', user: { subject: 'alice' }, resource: 'graph', action: 'invoke' }];
    expect(() => describeAuthorizationBackend('none', factory, { allowed: [], denied: allowed, runner })).toThrow(
      TypeError,
    );
    expect(() => describeAuthorizationBackend('no denial', factory, { allowed, denied: [], runner })).toThrow(
      TypeError,
    );
    expect(runner.count).toBe(0);
  });
});
