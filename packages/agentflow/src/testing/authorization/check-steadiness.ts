import assert from 'node:assert/strict';
import { silentLog, userOf } from '@agentflow/core';
import type { Check } from '../runner.js';
import { type Access, accessOf, askWith, contextFor, type TestedAuthorization } from './ask.js';
import type { Suite } from './suite.js';
import { watchChanges } from './watch-changes.js';

const concurrentRequests = 100;

/** That a decision depends on what is asked, and on nothing and nobody else. */
export function steadinessChecks(
  suite: Suite,
  factory: () => TestedAuthorization | Promise<TestedAuthorization>,
): Check[] {
  const all = [...suite.cases.allowed, ...suite.cases.denied].map(accessOf);
  return [
    suite.check('the same question has the same answer, whoever asked before', async (backend) => {
      const alone = await answersAlone(factory, all, suite);
      const there = all.map((one, index) => ({ one, alone: alone[index] }));
      for (const { one, alone: expected } of [...there, ...there.toReversed(), ...there]) {
        assert.equal((await suite.ask(backend, one)).effect, expected, 'the answer that it has alone');
      }
    }),
    suite.check(`${concurrentRequests} questions at once: each has its own answer`, async (backend) => {
      const alone = await answersAlone(factory, all, suite);
      const many = Array.from({ length: concurrentRequests }, (_, index) => index % all.length);
      const answers = await Promise.all(
        many.map((index) => askAt(all, index, (access) => suite.ask(backend, access).then(({ effect }) => effect))),
      );
      const wrong = many.filter((index, place) => answers[place] !== alone[index]).length;
      assert.equal(wrong, 0, `${wrong} of ${concurrentRequests} answers are not those that the questions have alone`);
    }),
    suite.check('neither the user nor the context is changed', async (backend) => {
      for (const access of all) {
        const user = watchChanges(userOf(access.principal));
        const principal = watchChanges(access.principal);
        const context = contextFor(principal.watched, silentLog);
        await askWith(backend, access, user.watched, context, suite.cases.deadlineMilliseconds);
        assert.deepEqual([...user.changes, ...principal.changes], [], 'what it tried to change');
        assert.deepEqual(context, contextFor(principal.watched, silentLog), 'the context');
      }
    }),
  ];
}

async function askAt<T>(all: readonly Access[], index: number, body: (access: Access) => Promise<T>): Promise<T> {
  const access = all[index];
  if (access === undefined) throw new RangeError(`there is no case ${index}`);
  return body(access);
}

async function answersAlone(
  factory: () => TestedAuthorization | Promise<TestedAuthorization>,
  all: readonly Access[],
  suite: Suite,
): Promise<string[]> {
  const answers: string[] = [];
  for (const access of all) {
    const backend = await factory();
    answers.push((await suite.ask(backend, access)).effect);
    await backend.close?.();
  }
  return answers;
}
