import assert from 'node:assert/strict';
import type { Check } from '../runner.js';
import { shown, strangeTexts } from '../strange-texts.js';
import type { AuthenticationCase, BadCredential, GoodCredential } from './cases.js';
import { nearCredentials, withCredential } from './credential-text.js';
import { type Outcome, present, type TestedAuth, tell } from './present.js';
import type { Suite } from './suite.js';

/** What a backend says to whom. */
export function answerChecks(suite: Suite): Check[] {
  const { good, bad } = suite.cases;
  const [first] = good;
  return [
    suite.check('no credential: not applicable', async (backend) => {
      for (const headers of [{}, { Accept: '*/*', 'User-Agent': 'conformance' }]) {
        expectKind(await present(backend, headers, suite.options), ['not-applicable'], 'no credential');
      }
    }),
    suite.check('a scheme that nobody knows: not applicable, or rejected', (backend) =>
      expectRefused(backend, { Authorization: 'X-Conformance some-credential-0123' }, 'an unknown scheme', suite),
    ),
    ...good.map((one) => suite.check(`good: ${one.what}`, (backend) => expectKnown(backend, one, suite))),
    ...bad.map((one) => suite.check(`bad: ${one.what}`, (backend) => expectBad(backend, one, suite))),
    ...good.map((one) =>
      suite.check(`nearly good: ${one.what}`, async (backend) => {
        for (const [what, text] of nearCredentials(one)) {
          await expectRefused(backend, withCredential(one, text), `the credential with ${what}`, suite);
        }
      }),
    ),
    ...(first === undefined ? [] : [strangeCheck(first, suite)]),
  ];
}

function strangeCheck(first: AuthenticationCase, suite: Suite): Check {
  return suite.check('strange texts as a credential: refused, and never a throw', async (backend) => {
    for (const text of strangeTexts.filter(isFieldValue)) {
      await expectRefused(backend, withCredential(first, text), `the credential ${shown(text)}`, suite);
    }
  });
}

/** RFC 9110 §5.5, in the octets that Node hands on. */
function isFieldValue(text: string): boolean {
  return text === text.trim() && /^[\t\x20-\x7e\xa0-\xff]*$/.test(text);
}

async function expectKnown(backend: TestedAuth, one: GoodCredential, { options }: Suite): Promise<void> {
  const outcome = await present(backend, one.headers, options);
  expectKind(outcome, ['authenticated'], 'a good credential');
  if (outcome.kind !== 'authenticated') return;
  const { principal, evidence } = outcome;
  const { subject, roles = [], scopes, tenant, realm } = one;
  assert.equal(principal.subject, subject, 'the subject');
  assert.deepEqual([...principal.roles].toSorted(), [...roles].toSorted(), 'the roles');
  if (scopes !== undefined) assert.deepEqual(principal.scopes?.toSorted(), scopes.toSorted(), 'the scopes');
  if (tenant !== undefined) assert.equal(principal.tenant, tenant, 'the tenant');
  if (realm !== undefined) assert.equal(principal.realm, realm, 'the realm');
  for (const time of [evidence.expiresAt, evidence.issuedAt]) {
    assert.ok(time === undefined || Number.isFinite(time), 'times are milliseconds since the epoch');
  }
}

async function expectBad(backend: TestedAuth, { headers, answer, code }: BadCredential, suite: Suite): Promise<void> {
  const outcome = await present(backend, headers, suite.options);
  expectKind(outcome, answer === undefined ? ['rejected', 'not-applicable'] : [answer], 'a bad credential');
  if (code !== undefined) assert.equal(outcome.kind === 'rejected' && outcome.code, code, 'the code');
}

async function expectRefused(
  backend: TestedAuth,
  headers: Readonly<Record<string, string>>,
  what: string,
  { options }: Suite,
): Promise<void> {
  expectKind(await present(backend, headers, options), ['rejected', 'not-applicable'], what);
}

function expectKind(outcome: Outcome, wanted: readonly Outcome['kind'][], what: string): void {
  assert.ok(wanted.includes(outcome.kind), `${what} must be ${wanted.join(' or ')}; it is ${tell(outcome)}`);
}
