import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasChromium, patient, playgrounds } from '../harness/playground-page.js';
import { exampleGraph, root } from '../harness/project.js';
import { say as sayBody, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { inSeconds } from '../harness/tokens.js';

/* What the playground shows where it does not go on: refusals, questions of the graph, and rights that end in the middle of an answer. */

const graphOf = (name: string) => `${join(root, `test/graphs/${name}.ts`)}:app`;
const development = { args: ['dev', '--no-reload'] };

describe.skipIf(!hasChromium)('in Chromium', () => {
  describe('with roles', () => {
    const roles = {
      reader: ['graph:*', 'threads:read'],
      owner: ['graph:*', 'threads:*'],
      mute: ['threads:*'],
      blind: [],
    };
    const authorization = { method: 'roles', roles };
    const started = serve({ agent: exampleGraph, auth: 'jwt', authorization }, development);
    const { open } = playgrounds(started);
    const tokenFor = (subject: string, role: string) => started.tokenFor(subject, { roles: [role] });

    test('a denied action names the permission, and one who has it may', async () => {
      const { page, signInWithToken, say, refusals, permission, threads, keep } = await open();
      await signInWithToken(tokenFor('rita', 'reader'));
      await say('What is 1 + 1?');
      await expect.poll(() => threads().count(), patient).toBe(1);
      expect(await permission('checkpointer:delete').getAttribute('class')).toContain('missing');
      const remove = async () => {
        await page.getByRole('button', { name: 'Delete What is 1 + 1?' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      };
      await remove();
      await refusals().waitFor();
      const text = await refusals().innerText();
      for (const part of ['403', 'ACCESS_DENIED', 'Delete a thread', 'you are rita', 'insufficient_scope']) {
        expect(text).toContain(part);
      }
      expect(await refusals().locator('.permission').innerText()).toBe('checkpointer:delete');
      const requestId = await refusals().locator('.request-id').innerText();
      await expect.poll(() => started.output()).toContain(requestId);
      expect(await page.getByLabel('Refused so far').innerText()).toContain('checkpointer:delete');
      expect(await threads().count()).toBe(1);
      await keep('denied');
      await refusals().getByRole('button', { name: 'Dismiss' }).click();
      expect(await refusals().count()).toBe(0);

      // The same person with a role that has it: the page goes on with what is on it.
      await page.getByRole('button', { name: 'Change credential' }).click();
      await signInWithToken(tokenFor('rita', 'owner'));
      await expect.poll(() => permission('checkpointer:delete').getAttribute('class'), patient).toContain('held');
      expect(await page.getByText('1 + 1 = 2.', { exact: true }).count()).toBeGreaterThan(0);
      await remove();
      await expect.poll(() => threads().count(), patient).toBe(0);
    });

    test('whoever may not run the graph keeps what they have typed', async () => {
      const { page, signInWithToken, say, refusals } = await open();
      await signInWithToken(tokenFor('max', 'mute'));
      await page.getByText('Refused so far').waitFor();
      await say('What is 9 + 9?');
      await expect
        .poll(() => page.locator('.transcript .permission').allInnerTexts(), patient)
        .toEqual(['graph:stream']);
      expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('What is 9 + 9?');
      expect(await page.locator('.message').count()).toBe(0);
      // The graph itself is not shown either: said at the sign-in, which succeeds all the same.
      expect(await refusals().locator('.permission').allInnerTexts()).toEqual(['graph:read', 'graph:stream']);
    });

    test('whoever may not list threads is told so where they would be', async () => {
      const { page, signInWithToken } = await open();
      await signInWithToken(tokenFor('bea', 'blind'));
      await expect
        .poll(() => page.locator('.thread-list .permission').allInnerTexts(), patient)
        .toEqual(['checkpointer:read']);
    });

    test("somebody else's thread is shown only where it is shared", async () => {
      const token = tokenFor('olga', 'owner');
      await send(`${started.url}/v1/graph/invoke`, { token, body: sayBody('What is 3 + 3?', 'hers') });
      const { page, signInWithToken, threads } = await open();
      await signInWithToken(tokenFor('nina', 'owner'));
      await page.getByText('No threads yet.').waitFor();
      await page.getByRole('button', { name: 'Shared with you' }).click();
      await page.getByText('Nobody has shared a thread with you.').waitFor();

      const grant = { user: 'nina', access: 'read' };
      expect((await send(`${started.url}/v1/threads/hers/grants`, { token, body: grant })).status).toBe(200);
      await page.getByRole('button', { name: 'Shared with you' }).click();
      await threads().click();
      await page.getByText('3 + 3 = 6.', { exact: true }).last().waitFor();
      expect(await threads().innerText()).toContain('olga, read');
    });
  });

  describe('a graph that asks', () => {
    const started = serve({ agent: graphOf('asks'), auth: 'jwt' }, development);
    const { open } = playgrounds(started);

    test('is answered, also where it is found waiting', async () => {
      const { page, signInWithToken, say, threads, keep } = await open();
      await signInWithToken(started.tokenFor('ida'));
      await say('drop the table');
      const form = page.getByRole('form', { name: 'The graph waits for an answer' });
      await form.waitFor();
      expect(await form.innerText()).toContain('may I drop the table?');
      await keep('interrupt');
      await form.getByLabel('Your answer').fill('{"approved": true}');
      await form.getByRole('button', { name: 'Answer and go on' }).click();
      await page.getByText('decided: {"approved":true}', { exact: true }).waitFor();
      expect(await form.count()).toBe(0);

      await page.getByRole('button', { name: 'New thread' }).click();
      await say('sleep');
      await form.waitFor();
      await expect.poll(() => threads().count(), patient).toBe(2);
      await threads().filter({ hasText: 'drop the table' }).click();
      await page.getByText('decided: {"approved":true}', { exact: true }).waitFor();
      expect(await form.count()).toBe(0);
      await threads().filter({ hasText: 'sleep' }).click();
      await form.getByLabel('Your answer').fill('not now');
      await form.getByRole('button', { name: 'Answer and go on' }).click();
      await page.getByText('decided: "not now"', { exact: true }).waitFor();
    });

    test('what looks like HTML is text, wherever it stands', async () => {
      const { page, complaints, signInWithToken, say, threads, keep } = await open();
      const html = '<img src=x onerror="window.hit = 1"><script>window.hit = 1</script><b>bold</b>';
      await signInWithToken(started.tokenFor('hal'));
      await say(html);
      const form = page.getByRole('form', { name: 'The graph waits for an answer' });
      expect(await form.locator('pre').innerText()).toBe(JSON.stringify({ question: `may I ${html}?` }, null, 2));
      await form.getByLabel('Your answer').fill(html);
      await form.getByRole('button', { name: 'Answer and go on' }).click();
      await page.getByText(`decided: ${JSON.stringify(html)}`, { exact: true }).waitFor();
      expect(await page.locator('.message.user .text').innerText()).toBe(html);
      await expect.poll(() => threads().innerText(), patient).toContain(html);
      await keep('html-is-text');
      expect(await page.locator('body img, body b, .workspace script').count()).toBe(0);
      expect(await page.evaluate('window.hit')).toBeUndefined();
      // Had the page made HTML of it, the browser would not have let it: as it does not let this.
      expect(
        await page.evaluate("try { document.body.innerHTML = '<b></b>'; 'done' } catch (error) { error.name }"),
      ).toBe('TypeError');
      expect(complaints.splice(0)).toEqual([expect.stringContaining("requires 'TrustedHTML'")]);
    });
  });

  describe('a graph that takes its time', () => {
    const auth = { method: 'jwt', clock_tolerance: 0 };
    const started = serve({ agent: graphOf('slow'), auth, recheck_interval: '1s' }, development);
    const { open } = playgrounds(started);

    test('is stopped by the button', async () => {
      const { page, signInWithToken, say } = await open();
      await signInWithToken(started.tokenFor('stan'));
      await say('stop me: 20 steps of 500 ms');
      await page.getByText('step 2', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByText('Stopped.', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Send' }).waitFor();
      expect(await page.getByText('step 15', { exact: true }).count()).toBe(0);
    });

    test('goes on while one looks at something else', async () => {
      const { page, signInWithToken, say, threads } = await open();
      await signInWithToken(started.tokenFor('gwen'));
      await say('on: 12 steps of 300 ms');
      await page.getByText('step 1', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'New thread' }).click();
      await page.getByText('Say something to your graph.').waitFor();
      expect(await page.getByText('step 1', { exact: true }).count()).toBe(0);
      await threads().filter({ hasText: 'on: 12 steps' }).click();
      await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
      await page.getByText('step 12', { exact: true }).waitFor();
      expect(await page.locator('.message.assistant').count()).toBe(12);
      await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
      expect(await page.locator('.conversation > header').innerText()).toContain('on: 12 steps');
    });

    test('a right that ends in the middle of an answer, and a fresh credential', { timeout: 40_000 }, async () => {
      const { page, signInWithToken, say, refusals, keep } = await open();
      await signInWithToken(started.tokenFor('tess', { exp: inSeconds(4) }));
      await say('long: 20 steps of 500 ms');
      await page.getByText('step 2', { exact: true }).waitFor();
      await page.getByText('Your right to this answer has ended').waitFor(patient);
      const card = page.locator('.banner').getByRole('alert');
      expect(await card.innerText()).toContain('TOKEN_EXPIRED');
      const steps = await page.locator('.message.assistant').count();
      expect(steps).toBeLessThan(15);
      await keep('right-has-ended');

      await card.getByRole('button', { name: 'Sign in again' }).click();
      await signInWithToken(started.tokenFor('tess'));
      await expect.poll(() => page.getByRole('dialog').count(), patient).toBe(0);
      // What had arrived is still there, and the thread goes on.
      expect(await page.locator('.message.assistant').count()).toBe(steps);
      await say('short: 1 steps of 1 ms');
      await expect.poll(() => page.getByText('step 1', { exact: true }).count(), patient).toBe(2);
      expect(await refusals().filter({ hasText: '403' }).count()).toBe(0);
    });
  });

  describe('a narrow window', () => {
    const started = serve({ agent: exampleGraph, auth: 'jwt' }, development);
    const { open } = playgrounds(started);

    test('has its columns behind buttons, by mouse and by keyboard', async () => {
      const { page, signInWithToken, say, threads, keep } = await open({ width: 390, height: 780, scheme: 'dark' });
      await signInWithToken(started.tokenFor('nora'));
      await say('Who am I, and what is 6 * 7?');
      await page.getByText('You are nora. 6 * 7 = 42.', { exact: true }).waitFor();
      await keep('narrow');
      expect(await threads().isVisible()).toBe(false);
      const button = page.getByRole('button', { name: 'Threads' });
      await button.focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => threads().isVisible(), patient).toBe(true);
      expect(await button.getAttribute('aria-expanded')).toBe('true');
      await keep('narrow-threads');
      await page.keyboard.press('Escape');
      await expect.poll(() => threads().isVisible(), patient).toBe(false);
      await page.getByRole('button', { name: 'You', exact: true }).click();
      await page.getByText('What you may do').waitFor();
      await keep('narrow-rights');
      await page.getByRole('button', { name: 'Close' }).click();
      const isWider = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
      expect(await page.evaluate(isWider)).toBe(false);
    });

    test('every field and button has a name', async () => {
      const { page, signInWithToken, threads, say } = await open();
      const nameless = async () => {
        const controls = await page.locator('button:visible, input:visible, textarea:visible, summary:visible').all();
        const snapshots = await Promise.all(controls.map((one) => one.ariaSnapshot()));
        return { count: controls.length, nameless: snapshots.filter((one) => !/"[^"]+"|: \S/.test(one)) };
      };
      await page.getByLabel('Token', { exact: true }).waitFor();
      const before = await nameless();
      expect(before).toEqual({ count: expect.any(Number), nameless: [] });
      await signInWithToken(started.tokenFor('alma'));
      await say('Who am I?');
      await expect.poll(() => threads().count(), patient).toBe(1);
      const after = await nameless();
      expect(after.nameless).toEqual([]);
      expect(before.count + after.count).toBeGreaterThan(12);
    });
  });
});
