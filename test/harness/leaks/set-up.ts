import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, expect } from 'vitest';
import { keptDumps } from './dumps.js';
import { findLeaks } from './find-leaks.js';
import { searchesFile } from './searches-file.js';
import { usedSecrets, useSecretsOf, useSecretsOfHeaders } from './used-secrets.js';

/*
 * For every file of tests: whatever proves who somebody is, and was sent or answered here, must stand in nothing that a server has
 * printed or kept.
 */

const send = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const response = await send(input, init);
  useSecretsOfHeaders(new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined)));
  if (typeof init?.body === 'string') readSecrets(init.body);
  const { pathname } = new URL(response.url || 'http://unknown');
  const isIssuing = /\/(?:auth|api-keys|users|webhooks?)(?:\/|$)/.test(pathname);
  if (isIssuing && response.headers.get('content-type')?.includes('json') === true) {
    readSecrets(await response.clone().text());
  }
  for (const cookie of response.headers.getSetCookie()) useSecretsOfHeaders(new Headers({ cookie }));
  return response;
};

/** A body that is no JSON has no members by whose names it could be told what is secret. */
function readSecrets(body: string): void {
  try {
    useSecretsOf(JSON.parse(body));
  } catch {
    return;
  }
}

// The first that is registered is the last to run: by then, all servers of the file have ended.
afterAll(() => {
  const dumps = keptDumps();
  if (dumps.length === 0) return;
  const secrets = usedSecrets();
  const bytes = dumps.reduce((sum, dump) => sum + dump.bytes.length, 0);
  mkdirSync(dirname(searchesFile), { recursive: true });
  appendFileSync(searchesFile, `${secrets.size} ${dumps.length} ${bytes}\n`);
  expect(findLeaks(secrets, dumps)).toEqual([]);
});
