import assert from 'node:assert/strict';
import { BadRequestError, requireOneCredential } from '@agentflow/core';
import type { Check } from '../runner.js';
import type { GoodCredential } from './cases.js';
import { credentialTextOf } from './credential-text.js';
import { present, readRequest, type TestedAuth, tell } from './present.js';
import type { Suite } from './suite.js';

/** That a request is never two people's. */
export function oneCredentialChecks(suite: Suite): Check[] {
  const { good } = suite.cases;
  return [
    suite.check('what it reads: one credential of a good request, none of an empty one', async (backend) => {
      if (backend.reads === undefined) return;
      for (const one of good) {
        const { headers, credential } = readRequest(one.headers);
        const found: ReadonlySet<string> = new Set(backend.reads(headers, credential));
        assert.deepEqual([...found], [credentialTextOf(one).text], `what it reads of ${one.what}`);
      }
      const { headers, credential } = readRequest({ Accept: '*/*' });
      assert.deepEqual([...backend.reads(headers, credential)], [], 'what it reads where there is none');
    }),
    suite.check('two credentials in one request: never two answers', async (backend) => {
      for (const one of good) for (const other of good) await expectOneAnswer(backend, one, other, suite);
    }),
  ];
}

/** In two headers, or joined by a comma in one, as repeated fields are (RFC 9110 §5.3). */
async function expectOneAnswer(
  backend: TestedAuth,
  one: GoodCredential,
  other: GoodCredential,
  { options }: Suite,
): Promise<void> {
  const [mine, theirs] = [credentialTextOf(one), credentialTextOf(other)];
  if (mine.text === theirs.text) return;
  const isOneField = mine.header.toLowerCase() === theirs.header.toLowerCase();
  const joined = `${one.headers[mine.header]}, ${other.headers[theirs.header]}`;
  const headers = isOneField ? { ...one.headers, [mine.header]: joined } : { ...one.headers, ...other.headers };
  if (isRefusedBefore(backend, headers)) return;
  const outcome = await present(backend, headers, options);
  // Of two headers one may be none of its business; a list in one header is never a credential.
  const isNobodys = outcome.kind === 'rejected' || outcome.kind === 'not-applicable';
  assert.ok(
    isNobodys || (!isOneField && backend.reads === undefined && outcome.kind === 'authenticated'),
    `the credentials of ${one.what} and ${other.what} in one request must be refused; it is ${tell(outcome)}`,
  );
}

function isRefusedBefore(backend: TestedAuth, headers: Readonly<Record<string, string>>): boolean {
  try {
    requireOneCredential(readRequest(headers), [{ backend: { ...silent, ...readsOf(backend) } }]);
    return false;
  } catch (error) {
    if (error instanceof BadRequestError) return true;
    throw error;
  }
}

const silent = {
  authenticate: () => null,
  challenge: () => ({ scheme: 'Custom', parameters: {} }),
  describe: () => '',
  close: () => undefined,
};

function readsOf(backend: TestedAuth): Pick<TestedAuth, 'reads'> {
  return backend.reads === undefined ? {} : { reads: backend.reads.bind(backend) };
}
