import { describe, expect, test } from 'vitest';
import { hasChromium, patient, playgrounds } from '../harness/playground-page.js';
import { exampleGraph } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* The playground where the server itself signs people in: with a password, for a session that is renewed and looked after on the page. */

const password = 'a pony in the attic';
const administrator = { AGENTFLOW_ADMIN_USERNAME: 'ann', AGENTFLOW_ADMIN_PASSWORD: password };

describe.skipIf(!hasChromium)('in Chromium', () => {
  const auth = { method: 'login', token_ttl: '5s' };
  const started = serve({ agent: exampleGraph, auth }, { args: ['dev', '--no-reload'], env: administrator });
  const { open } = playgrounds(started);

  async function signedIn(options?: Parameters<typeof open>[0]) {
    const opened = await open(options);
    const { page } = opened;
    await page.getByLabel('Username').fill('ann');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.keyboard.press('Enter');
    await page.getByLabel('Message', { exact: true }).waitFor();
    return opened;
  }

  test('a wrong password is told as what it is, and typed again; the right one lets in', async () => {
    const { page, refusals, keep, asked } = await open();
    await page.getByLabel('Username').waitFor();
    expect(await page.evaluate('document.activeElement.autocomplete')).toBe('username');
    await keep('password');
    await page.getByLabel('Username').fill('ann');
    await page.getByLabel('Password', { exact: true }).fill('another pony');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await refusals().waitFor();
    const told = await refusals().innerText();
    for (const part of ['401', 'AUTH_REQUIRED', 'The name or the password is wrong']) expect(told).toContain(part);
    await keep('password-refused');
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Who you are' }).waitFor();
    expect(await page.locator('.subject').innerText()).toBe('ann');
    expect(await page.locator('.who').innerText()).toContain('vouched for by login');
    await keep('password-signed-in');
    expect(asked.filter((one) => one.includes('/auth/'))).toEqual([
      ...['GET /v1/auth/methods', 'GET /v1/auth/me', 'POST /v1/auth/login', 'POST /v1/auth/login', 'GET /v1/auth/me'],
    ]);
    expect(await page.content()).not.toContain('pony');
  });

  test('the session goes on past the end of its tokens, and ends when one signs out', async () => {
    const { page, say, asked, refusals } = await signedIn();
    await say('What is 2 + 3?');
    await page.getByText('2 + 3 = 5.', { exact: true }).last().waitFor();
    const signedInAt = Date.now();
    await expect.poll(() => Date.now() - signedInAt, patient).toBeGreaterThan(5500);
    await say('What is 4 + 4?');
    await page.getByText('4 + 4 = 8.', { exact: true }).last().waitFor();
    expect(asked).toContain('POST /v1/auth/refresh');
    expect(await refusals().count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByLabel('Username').waitFor();
    expect(asked).toContain('POST /v1/auth/logout');
    expect(await page.getByText('4 + 4').count()).toBe(0);
  });

  test('sessions are listed, and ended: one, all others, and everywhere', async () => {
    const [first, second, third] = [await signedIn(), await signedIn(), await signedIn({ scheme: 'dark' })];
    const { page, keep, asked } = first;
    expect(asked).not.toContain('GET /v1/auth/sessions');
    await page.getByText('Where you are signed in').click();
    const rows = page.locator('[data-session]');
    await expect.poll(() => rows.count(), patient).toBeGreaterThanOrEqual(3);
    expect(await rows.filter({ hasText: 'this one' }).count()).toBe(1);
    expect(await rows.first().innerText()).toContain('Chrome on Linux');
    await keep('sessions');
    const count = await rows.count();
    await page
      .getByRole('button', { name: /^End the session of/ })
      .first()
      .click();
    await expect.poll(() => rows.count(), patient).toBe(count - 1);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Where you are signed in');
    if (count > 3) {
      await page.getByRole('button', { name: 'End all others' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'End them' }).click();
      await expect.poll(() => rows.count(), patient).toBe(1);
    }
    const fourth = await signedIn();
    await fourth.page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await fourth.page.getByLabel('Username').waitFor();
    for (const { page: other, say, refusals } of [first, second, third]) {
      await say('Who am I?');
      await refusals().last().waitFor();
      expect(await refusals().last().innerText()).toContain('401');
      expect(await other.getByRole('button', { name: 'Sign in again' }).count()).toBeGreaterThan(0);
    }
    await third.keep('session-over');

    // Whoever signs in again goes on with what is on the page.
    await page.getByRole('button', { name: 'Sign in again' }).last().click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.getByLabel('Username').inputValue()).toBe('ann');
    await page.keyboard.type(password);
    await keep('sign-in-again');
    await page.keyboard.press('Enter');
    await expect.poll(() => dialog.count(), patient).toBe(0);
    await first.say('What is 6 + 6?');
    await page.getByText('6 + 6 = 12.', { exact: true }).last().waitFor();
  });

  test('a token of elsewhere is taken beside it', async () => {
    const { page, signInWithToken, refusals } = await open();
    await page.getByText('Use a token or a key instead').click();
    await signInWithToken('not-a-token');
    await refusals().waitFor();
    expect(await refusals().innerText()).toContain('knows nobody by this credential');
  });
});
