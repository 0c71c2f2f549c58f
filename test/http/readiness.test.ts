import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Who decides may say that it cannot: then nobody is sent here any more. What it says is for the log alone. */

const plugin = `import { readFileSync } from 'node:fs';
import { AuthorizationBackend, type Readiness } from 'agentflow';

const reason = 'the directory at 10.0.0.7 is away';

export class Directory extends AuthorizationBackend {
  authorize() {
    return true;
  }

  override ready(): any {
    const cases: Record<string, () => unknown> = {
      true: () => true,
      'true later': async () => true,
      'a reason': () => reason satisfies Readiness,
      'a reason later': async () => reason,
      throws: () => { throw new Error(reason); },
      rejects: () => Promise.reject(new Error(reason)),
      hangs: () => new Promise(() => undefined),
      nothing: () => undefined,
      false: () => false,
      'an object': () => ({ ready: true, reason }),
      'the word': () => 'true',
    };
    return cases[readFileSync(new URL('wants', import.meta.url), 'utf8')]?.();
  }
}

export class Inherits extends AuthorizationBackend {
  authorize() {
    return true;
  }
}

export const plain = { authorize: () => true };
`;

describe('a plugin', () => {
  const server = serve(
    {
      agent: echoGraph,
      auth: 'jwt',
      authorization: [
        'auth.ts:Inherits',
        'auth.ts:plain',
        { method: 'custom', path: 'auth.ts:Directory', deadline: '1s' },
      ],
    },
    { files: { 'auth.ts': plugin, wants: 'true' } },
  );
  const readyWhile = (wants: string) => {
    writeFileSync(join(server.directory, 'wants'), wants);
    return send(`${server.url}/ready`);
  };

  test.each([
    ['a reason', 503],
    ['true', 200],
    ['a reason later', 503],
    ['true later', 200],
    ['throws', 503],
    ['rejects', 503],
    ['hangs', 503],
    ['nothing', 503],
    ['false', 503],
    ['an object', 503],
    ['the word', 503],
    ['what it does not know', 503],
    ['true', 200],
  ])('whose ready is %s: %i, with a bare status, and requests are decided all the same', async (wants, status) => {
    const answer = await readyWhile(wants);
    expect([answer.status, answer.body]).toEqual([status, { status: status === 200 ? 'ready' : 'unavailable' }]);
    expect(JSON.stringify([...answer.headers])).not.toMatch(/directory|10\.0\.0\.7|auth\.ts/);
    expect((await send(`${server.url}/health`)).status).toBe(200);
    const token = server.tokenFor('alice');
    expect((await send(`${server.url}/v1/threads`, { token })).status).toBe(200);
  });

  test('says why in the log', async () => {
    await expect.poll(() => server.output()).toContain('the directory at 10.0.0.7 is away');
    expect(server.output()).toContain('auth.ts:Directory is not ready to decide');
    expect(server.output()).toContain('auth.ts:Directory did not answer within 1000 ms');
    expect(server.output()).toContain('auth.ts:Directory is ready again');
    expect(server.output()).not.toMatch(/auth\.ts:(?:Inherits|plain) is not ready/);
  });
});
