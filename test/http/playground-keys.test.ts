import { describe, expect, test } from 'vitest';
import { hasChromium, patient, playgrounds } from '../harness/playground-page.js';
import { exampleGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* The playground where the server issues keys: made and shown once, listed, put in the place of another, taken back. */

const auth = ['jwt', { method: 'api_key', issued: true }];
const development = { args: ['dev', '--no-reload'] };

describe.skipIf(!hasChromium)('in Chromium', () => {
  describe('with keys', () => {
    const started = serve({ agent: exampleGraph, auth }, development);
    const { open } = playgrounds(started);
    const isGood = async (key: string) =>
      (await send(`${started.url}/v1/auth/me`, { headers: { 'X-API-Key': key } })).status === 200;

    test('a key is made, seen once, copied, used, rotated and revoked', async () => {
      const { page, signInWithToken, keep, asked, refusals, permission } = await open();
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await signInWithToken(started.tokenFor('ann'));
      await page.getByRole('region', { name: 'Who you are' }).waitFor();
      const ofKeys = permission('api-key:write');
      expect([await ofKeys.getAttribute('class'), await ofKeys.getAttribute('title')]).toEqual([
        ...['permission held', 'api-key:write, of your own'],
      ]);
      expect(await permission('user:write').getAttribute('class')).toBe('permission missing');
      expect(asked).not.toContain('GET /v1/api-keys');
      await page.getByText('API keys', { exact: true }).click();
      await page.getByText('You have none.').waitFor();
      await page.getByLabel('What for').fill('<b>nightly</b> report');
      await page.getByLabel('Ends').selectOption({ label: 'In 30 days' });
      await page.getByLabel('Only for (scopes)').fill('threads:read, session:read');
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.waitFor();
      await keep('new-key');
      const key = await page.locator('.new-key').innerText();
      await page.keyboard.press('Enter');
      await dialog.getByText('Copied.').waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(key);
      await dialog.getByRole('button', { name: 'I have it' }).click();
      await expect.poll(() => dialog.count(), patient).toBe(0);
      expect(await page.content()).not.toContain(key);
      expect(await isGood(key)).toBe(true);

      const rows = page.locator('[data-key]');
      const told = await rows.innerText();
      // The last six are the checksum.
      const ending = `…${key.slice(-10, -6)}`;
      for (const part of ['<b>nightly</b> report', 'threads:read session:read', 'never used', ending]) {
        expect(told).toContain(part);
      }
      expect(told).toMatch(/ends in (?:29|30) days/);
      await keep('keys');
      await page.getByRole('button', { name: /^Rotate/ }).click();
      await dialog.getByRole('button', { name: 'Rotate' }).click();
      await page.locator('.new-key').waitFor();
      const next = await page.locator('.new-key').innerText();
      await page.keyboard.press('Escape');
      expect([await isGood(next), next === key]).toEqual([true, false]);
      await expect.poll(() => rows.count(), patient).toBe(2);
      for (const left of [1, 0]) {
        await page
          .getByRole('button', { name: /^Revoke/ })
          .first()
          .click();
        await dialog.getByRole('button', { name: 'Revoke' }).click();
        await expect.poll(() => rows.count(), patient).toBe(left);
      }
      expect([await isGood(key), await isGood(next)]).toEqual([false, false]);

      await page.getByLabel('What for').fill('');
      await page.getByRole('button', { name: 'Create a key' }).click();
      await refusals().waitFor();
      expect(await refusals().innerText()).toContain('422');
      await keep('key-refused');
    });

    test('nothing of one principal is left for the next', async () => {
      const { page, signInWithToken } = await open();
      await signInWithToken(started.tokenFor('ben'));
      await page.getByText('API keys', { exact: true }).click();
      await page.getByLabel('What for').fill('of ben');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'I have it' }).click();
      // The dialog, which names it as well, may take a moment to go.
      await page.locator('[data-key]').getByText('of ben').waitFor();
      await page.getByRole('button', { name: 'Change credential' }).click();
      await signInWithToken(started.tokenFor('cleo'));
      await expect.poll(() => page.locator('.subject').innerText(), patient).toBe('cleo');
      expect(await page.getByText('of ben').count()).toBe(0);
    });
  });

  describe('without', () => {
    const started = serve({ agent: exampleGraph, auth: 'jwt' }, development);
    const { open } = playgrounds(started);

    test('the page says that there are none, and refuses nothing', async () => {
      const { page, signInWithToken, refusals } = await open();
      await signInWithToken(started.tokenFor('ann'));
      await page.getByText('API keys', { exact: true }).click();
      await page.getByText('This server issues no keys.').waitFor();
      await page.getByText('Where you are signed in').click();
      await page.getByText('This server signs nobody in').waitFor();
      expect(await refusals().count()).toBe(0);
    });
  });
});
