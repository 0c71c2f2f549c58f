import { describe, expect, test } from 'vitest';
import { hasChromium, patient, playgrounds } from '../harness/playground-page.js';
import { exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { inSeconds, signToken } from '../harness/tokens.js';

/* The playground, as somebody uses it: signs in, talks to the graph, and is told who they are and why they may not. */

describe('the page', () => {
  const started = serve({ agent: exampleGraph, auth: 'jwt' }, { args: ['dev', '--no-reload'] });

  test('is served to anybody in development, under a policy that lets in nothing but itself', async () => {
    const { status, headers, text } = await send(`${started.url}/playground`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual([
      "default-src 'none'",
      expect.stringMatching(/^script-src 'sha256-[\w+/=]{44}'$/),
      expect.stringMatching(/^style-src 'sha256-[\w+/=]{44}'$/),
      ...["connect-src 'self'", 'img-src data:', "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
      ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
    ]);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const loads = /<script src|<link rel="stylesheet"|@import|url\(/.exec(text)?.[0];
    expect(loads).toBeUndefined();
    expect(started.output()).toContain(`playground    ${started.url}/playground`);
  });
});

describe('in production', () => {
  describe('that does not ask for it', () => {
    const started = serve({ agent: exampleGraph, auth: 'jwt' });
    test('there is none', async () => {
      expect((await send(`${started.url}/playground`)).status).toBe(401);
      const token = started.tokenFor('alice');
      expect((await send(`${started.url}/playground`, { token })).status).toBe(404);
    });
  });

  describe('that asks for it', () => {
    const env = { PLAYGROUND_PATH: '/internal/try' };
    const started = serve({ agent: exampleGraph, auth: 'jwt' }, { env });
    test('it lies where the variable says, to anybody, and nothing else is open by it', async () => {
      expect((await send(`${started.url}/internal/try`)).status).toBe(200);
      expect((await send(`${started.url}/internal/try`, { method: 'POST' })).status).toBe(401);
      expect((await send(`${started.url}/v1/threads`)).status).toBe(401);
    });
  });
});

describe.skipIf(!hasChromium)('in Chromium', () => {
  describe('with tokens', () => {
    const started = serve({ agent: exampleGraph, auth: 'jwt' }, { args: ['dev', '--no-reload'] });
    const { open } = playgrounds(started);

    test.each([
      ['a wrong one', () => 'not-a-token', 'AUTH_REQUIRED', 'knows nobody by this credential'],
      [
        'one that has expired',
        () => signToken({ sub: 'alice', exp: inSeconds(-3600) }, started.secret),
        'TOKEN_EXPIRED',
        'its time is over',
      ],
      [
        'one of somebody else',
        () => signToken({ sub: 'alice', exp: inSeconds(60) }, 'x'.repeat(64)),
        'AUTH_REQUIRED',
        'knows nobody by this credential',
      ],
    ])('%s is refused, with all that is known of it', async (what, token, code, meaning) => {
      const { page, signInWithToken, refusals, keep } = await open();
      await signInWithToken(token());
      const card = refusals();
      await card.waitFor();
      const text = await card.innerText();
      for (const part of ['401', code, meaning, 'Bearer realm="agentflow"', 'error="invalid_token"']) {
        expect(text).toContain(part);
      }
      const requestId = await card.locator('.request-id').innerText();
      expect(requestId).toMatch(/^[\da-f-]{36}$/);
      await expect.poll(() => started.output()).toContain(requestId);
      expect(await page.getByLabel('Message', { exact: true }).count()).toBe(0);
      await keep(`refused-${what.replaceAll(' ', '-')}`);

      await signInWithToken(started.tokenFor('alice'));
      await page.getByLabel('Message', { exact: true }).waitFor();
      expect(await refusals().count()).toBe(0);
    });

    test('who one is and what one may do, an answer piece by piece, and a tool call with its result', async () => {
      const { page, asked, signInWithToken, say, permission, threads, keep } = await open();
      await page.getByLabel('Token', { exact: true }).waitFor();
      await keep('sign-in');
      await signInWithToken(
        started.tokenFor('carol', { roles: ['tester'], scope: 'graph:* checkpointer:* session:read' }),
      );
      const who = page.getByRole('region', { name: 'Who you are' });
      await who.waitFor();
      const told = await who.innerText();
      for (const part of [
        'carol',
        'jwt',
        'tester',
        'checkpointer:*',
        /in (?:1 hour|59 minutes)/.exec(told)?.[0] ?? 'in an hour',
      ])
        expect(told).toContain(part);
      expect(await permission('graph:stream').getAttribute('class')).toContain('held');
      expect(await permission('store:read').getAttribute('class')).toContain('missing');
      await keep('signed-in');

      await page.evaluate(`
        window.pieces = 0;
        new MutationObserver((records) => {
          for (const { target } of records) if (target.parentElement?.closest('.growing')) window.pieces += 1;
        }).observe(document.body, { subtree: true, characterData: true });
      `);
      await say('Who am I, and what is 6 * 7?');
      await page.getByText('You are carol, with the roles tester. 6 * 7 = 42.', { exact: true }).waitFor();
      expect(await page.evaluate('window.pieces')).toBeGreaterThan(5);

      const tool = page.locator('[data-tool="calculate"]');
      expect(await tool.getAttribute('data-state')).toBe('done');
      expect(await tool.locator('.arguments').innerText()).toBe('{"left":6,"operator":"*","right":7}');
      expect(await tool.locator('.result').innerText()).toBe('6 * 7 = 42.');
      expect(await page.locator('[data-tool="who_is_asking"]').getAttribute('data-state')).toBe('done');
      expect(await page.locator('.message.tool').count()).toBe(0);
      await expect.poll(() => threads().count(), patient).toBe(1);
      await keep('answer-light');
      expect(asked.filter((one) => one.startsWith('POST'))).toEqual(['POST /v1/graph/stream']);
      expect(asked[0]).toBe('GET /playground');
    });

    test('a thread is opened with what was said on it, and deleted once one is sure', async () => {
      const { page, signInWithToken, say, threads, keep } = await open({ scheme: 'dark' });
      await signInWithToken(started.tokenFor('dave'));
      await say('What is 2 + 3?');
      await page.getByText('2 + 3 = 5.', { exact: true }).last().waitFor();
      await page.getByRole('button', { name: 'New thread' }).click();
      await say('What is 4 + 4?');
      await page.getByText('4 + 4 = 8.', { exact: true }).last().waitFor();
      await expect.poll(() => threads().count(), patient).toBe(2);
      expect(await page.getByText('2 + 3 = 5.').count()).toBe(0);
      await keep('answer-dark');

      await threads().filter({ hasText: 'What is 2 + 3?' }).click();
      await expect.poll(() => page.locator('.message').allInnerTexts(), patient).toHaveLength(3);
      expect(await page.locator('[data-tool="calculate"] .result').innerText()).toBe('2 + 3 = 5.');
      await say('What is 5 + 5?');
      await page.getByText('5 + 5 = 10.', { exact: true }).last().waitFor();
      expect(await threads().count()).toBe(2);

      await page.getByRole('button', { name: 'Delete What is 2 + 3?' }).click();
      await page.getByRole('dialog').waitFor();
      await keep('delete');
      await page.getByRole('button', { name: 'Cancel' }).click();
      expect(await threads().count()).toBe(2);
      await page.getByRole('button', { name: 'Delete What is 2 + 3?' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await expect.poll(() => threads().count(), patient).toBe(1);
      expect(await page.locator('.conversation > header').innerText()).toContain('New thread');
    });

    test('a reload forgets the credential, and nothing of one principal is left for the next', async () => {
      const { page, signInWithToken, say, threads } = await open();
      await signInWithToken(started.tokenFor('erin'));
      await say('What is 7 + 7?');
      await expect.poll(() => threads().count(), patient).toBe(1);
      await page.getByRole('button', { name: 'Change credential' }).click();
      await signInWithToken(started.tokenFor('frank'));
      await page.getByText('No threads yet.').waitFor();
      expect(await page.getByText('7 + 7').count()).toBe(0);
      expect(await page.locator('.subject').innerText()).toBe('frank');
      expect(page.url()).toBe(`${started.url}/playground`);

      await page.reload();
      await page.getByLabel('Token', { exact: true }).waitFor();
      expect(await page.getByLabel('Token', { exact: true }).inputValue()).toBe('');
    });
  });

  describe('without "auth"', () => {
    const started = serve({ agent: exampleGraph }, { args: ['dev', '--no-reload'] });
    const { open } = playgrounds(started);

    test('one is in at once, and the page says why', async () => {
      const { page, say, refusals, keep } = await open();
      await page.getByText('there is nothing to sign in with').waitFor();
      await say('Who am I?');
      await page.getByText('You are local, with the roles administrator.', { exact: true }).last().waitFor();
      expect(await refusals().count()).toBe(0);
      await keep('without-auth');
    });
  });

  describe('with other credentials', () => {
    const key = 'k'.repeat(40);
    const basic = [
      "import { BaseAuth } from 'agentflow';",
      'export class Basic extends BaseAuth {',
      "  challenge() { return { scheme: 'Basic', parameters: { realm: 'here' } }; }",
      '  authenticate(request) {',
      "    const sent = request.headers.get('authorization') ?? '';",
      "    if (!sent.startsWith('Basic ')) return null;",
      "    return atob(sent.slice(6)) === 'grace:hopper' ? { user_id: 'grace' } : null;",
      '  }',
      '}',
    ].join('\n');
    const auth = [
      { method: 'api_key', header: 'X-Service-Key' },
      { method: 'custom', path: 'basic.ts:Basic' },
    ];
    const options = { args: ['dev', '--no-reload'], env: { API_KEY: key }, files: { 'basic.ts': basic } };
    const started = serve({ agent: exampleGraph, auth }, options);
    const { open } = playgrounds(started);

    test('a key is offered first where the server asks for one, under whatever header it reads', async () => {
      const { page, refusals, keep } = await open();
      await page.getByLabel('Key', { exact: true }).fill(key);
      await page.getByRole('button', { name: 'Connect' }).click();
      await refusals().waitFor();
      expect(await refusals().innerText()).toContain('ApiKey realm="agentflow"');
      await keep('refused-key');
      await page.getByLabel('Header', { exact: true }).fill('X-Service-Key');
      await page.getByRole('button', { name: 'Connect' }).click();
      await page.getByText('env:API_KEY').first().waitFor();
    });

    test('a name and a password', async () => {
      const { page, refusals } = await open();
      await page.getByText('Basic', { exact: true }).last().click();
      await page.getByLabel('Username').fill('grace');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Connect' }).click();
      await refusals().waitFor();
      await page.getByLabel('Password').fill('hopper');
      await page.getByRole('button', { name: 'Connect' }).click();
      await expect.poll(() => page.locator('.subject').allInnerTexts(), patient).toEqual(['grace']);
    });

    test('none at all', async () => {
      const { page, refusals } = await open();
      await page.getByText('None', { exact: true }).click();
      await page.getByRole('button', { name: 'Connect' }).click();
      await refusals().waitFor();
      expect(await refusals().innerText()).toContain('no credential was sent');
    });
  });

  describe('in production', () => {
    const env = { PLAYGROUND_PATH: '/internal/try' };
    const started = serve({ agent: exampleGraph, auth: 'jwt' }, { env });
    const { open } = playgrounds(started);

    test('it works where it was asked for', async () => {
      const { page, signInWithToken, say, refusals } = await open({ path: '/internal/try' });
      await signInWithToken('');
      await refusals().waitFor();
      expect(await refusals().innerText()).toContain('Not sent');
      await signInWithToken(`Bearer ${started.tokenFor('prue')}`);
      await say('Who am I?');
      await page.getByText('You are prue.', { exact: true }).last().waitFor();
      expect(await refusals().count()).toBe(0);
    });
  });
});
