import assert from 'node:assert/strict';
import type { Check } from '../runner.js';
import { withCredential } from './credential-text.js';
import { essence, present, presentFully, type TestedAuth } from './present.js';
import type { Suite } from './suite.js';

type Fields = Readonly<Record<string, string>>;

const concurrentRequests = 100;

/** That an answer depends on the request, and on nothing and nobody else. */
export function steadinessChecks(suite: Suite, factory: () => TestedAuth | Promise<TestedAuth>): Check[] {
  const requests = requestsOf(suite);
  return [
    suite.check('the same request has the same answer, whoever came before', async (backend) => {
      const alone = await answersAlone(factory, requests, suite);
      const there = requests.map((one, index) => ({ one, alone: alone[index] }));
      for (const { one, alone: expected } of [...there, ...there.toReversed(), ...there]) {
        assert.equal(essence(await present(backend, one, suite.options)), expected, 'the answer that it has alone');
      }
    }),
    suite.check(`${concurrentRequests} requests at once: each has its own answer`, async (backend) => {
      const alone = await answersAlone(factory, requests, suite);
      const many = Array.from({ length: concurrentRequests }, (_, index) => index % requests.length);
      const answers = await Promise.all(
        many.map(async (index) => essence(await present(backend, requests[index] ?? {}, suite.options))),
      );
      const wrong = many.filter((index, place) => answers[place] !== alone[index]).length;
      assert.equal(wrong, 0, `${wrong} of ${concurrentRequests} answers are not those that the requests have alone`);
    }),
    suite.check('the request stays as it was', async (backend) => {
      for (const headers of requests) {
        const { request } = await presentFully(backend, headers, suite.options);
        const left = [...Headers.prototype.entries.call(request.headers)];
        assert.deepEqual(left, [...new Headers(Object.entries(headers)).entries()], 'the headers');
        assert.deepEqual([request.method, request.url], ['GET', '/v1/threads'], 'method and url');
      }
    }),
  ];
}

/** Everybody whom the cases name, and nobody. */
function requestsOf({ cases: { good, bad } }: Suite): readonly Fields[] {
  const wrong = good.map((one) => withCredential(one, 'conformance-no-such-credential'));
  return [...good.map(({ headers }) => headers), {}, ...bad.map(({ headers }) => headers), ...wrong];
}

async function answersAlone(
  factory: () => TestedAuth | Promise<TestedAuth>,
  requests: readonly Fields[],
  { options }: Suite,
): Promise<string[]> {
  const answers: string[] = [];
  for (const headers of requests) {
    const backend = await factory();
    answers.push(essence(await present(backend, headers, options)));
    await backend.close?.();
  }
  return answers;
}
