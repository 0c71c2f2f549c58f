import { describe, expect, test } from 'vitest';
import type { Log } from '../../log.js';
import { createReadinessProbe, whyNotReady } from './backend-readiness.js';

function asked(ready?: () => unknown, name = 'policies') {
  return { name, backend: ready === undefined ? {} : { ready }, deadlineMilliseconds: 20 };
}

function createLog() {
  const lines: string[] = [];
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { info: note, warn: note, error: note };
  return { lines, log };
}

const reason = 'the directory of roles does not answer';

describe('a backend is ready', () => {
  test.each<[string, (() => unknown) | undefined]>([
    ['that says nothing about it', undefined],
    ['that answers true', () => true],
    ['that promises true', async () => true],
    [
      'that answers a thenable of true',
      () => thenable({ value: (resolve: (value: unknown) => void) => resolve(true) }),
    ],
  ])('%s', async (_what, ready) => {
    expect(await whyNotReady(asked(ready))).toBeUndefined();
  });
});

describe('a backend is not ready', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['that says why', () => reason, /^the directory of roles/],
    ['that says why later', async () => reason, /^the directory of roles/],
    ['that throws', () => thrown(new Error(reason)), /^the directory of roles/],
    ['that rejects', () => Promise.reject(new Error(reason)), /^the directory of roles/],
    ['that throws a text', () => thrown(reason), /threw something that is not an Error/],
    ['that rejects with nothing', () => Promise.reject(), /threw something that is not an Error/],
    ['that hangs', () => new Promise(() => undefined), /policies did not answer within 20 ms/],
    ['that answers nothing', () => undefined, /neither true nor a text/],
    ['that answers nothing later', async () => undefined, /neither true nor a text/],
    ['that answers false', () => false, /neither true nor a text/],
    ['that answers null', () => null, /neither true nor a text/],
    ['that answers 1', () => 1, /neither true nor a text/],
    ['that answers an object', () => ({ ready: true }), /neither true nor a text/],
    ['that answers a Boolean', () => Object(true), /neither true nor a text/],
    ['that answers the word', () => 'true', /^true$/],
    ['that answers nothing in a text', () => '', /^$/],
    ['with a then that throws', () => thenable({ get: () => thrown(new Error(reason)) }), /^the/],
    ['with a reason of two lines', () => 'one\ntwo', /^one\?two$/],
  ])('%s', async (_what, ready, expected) => {
    expect(await whyNotReady(asked(ready))).toMatch(expected);
    expect(await createReadinessProbe([asked(() => true), asked(ready)], createLog().log)()).toBe(false);
  });
});

function thenable(then: PropertyDescriptor): unknown {
  return Object.defineProperty({}, 'then', then);
}

function thrown(error: unknown): never {
  throw error;
}

test('without any backend there is nothing to wait for', async () => {
  expect(await createReadinessProbe([], createLog().log)()).toBe(true);
});

test('the log hears of each change, with the name and the reason, and not of each question', async () => {
  const { lines, log } = createLog();
  let answer: unknown = true;
  const probe = createReadinessProbe([asked(() => answer), asked(() => true, 'another')], log);
  const answers: boolean[] = [];
  for (const next of [true, reason, reason, 'something else', undefined, undefined, true, true, reason]) {
    answer = next;
    answers.push(await probe());
  }
  expect(answers).toEqual([true, false, false, false, false, false, true, true, false]);
  expect(lines).toEqual([
    expect.stringMatching(/^policies is not ready to decide .*the directory of roles/),
    expect.stringMatching(/^policies is not ready to decide .*something else/),
    expect.stringMatching(/^policies is not ready to decide .*neither true nor a text/),
    expect.stringMatching(/^policies is ready again/),
    expect.stringMatching(/^policies is not ready to decide .*the directory of roles/),
  ]);
});

test('a thousand who ask at once are one question to the backend, and the next one is another', async () => {
  let questions = 0;
  const release: (() => void)[] = [];
  const ready = () => {
    questions += 1;
    return new Promise((resolve) => release.push(() => resolve(true)));
  };
  const probe = createReadinessProbe([{ ...asked(ready), deadlineMilliseconds: 60_000 }], createLog().log);
  const crowd = Promise.all(Array.from({ length: 1_000 }, probe));
  expect(questions).toBe(1);
  release[0]?.();
  expect(new Set(await crowd)).toEqual(new Set([true]));
  const later = probe();
  expect(questions).toBe(2);
  release[1]?.();
  expect(await later).toBe(true);
});

test('one that blocks everybody meanwhile is named in the log', async () => {
  const { lines, log } = createLog();
  const ready = () => {
    for (const until = performance.now() + 250; performance.now() < until; );
    return true;
  };
  expect(await createReadinessProbe([asked(ready)], log)()).toBe(true);
  expect(lines).toEqual([expect.stringMatching(/policies held up every request/)]);
});
