import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasChromium, playgrounds } from '../harness/playground-page.js';
import { root } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* Whoever sits at the playground is the client: they declare tools, and answer for them. */

describe.skipIf(!hasChromium)('in Chromium', () => {
  const agent = `${join(root, 'test/graphs/remote-tools.ts')}:app`;
  const authorization = { method: 'ownership', administrator_role: 'admin' };
  const started = serve({ agent, auth: 'jwt', authorization }, { args: ['dev', '--no-reload'] });
  const { open } = playgrounds(started);

  test('a tool is declared, called, and answered, also where its thread is found waiting', async () => {
    const { page, signInWithToken, say, threads, keep } = await open();
    await signInWithToken(started.tokenFor('amy', { roles: ['admin'] }));
    const declare = async (name: string) => {
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByRole('button', { name: 'Declare' }).click();
      await page.locator('.declared').getByText(name, { exact: true }).waitFor();
    };
    await page.getByText('Tools that you run', { exact: true }).click();
    await declare('ask_me');
    await declare('page');
    await say('use ask_me page');
    const form = page.getByRole('form', { name: 'A tool of yours is called' });
    await form.waitFor();
    await keep('remote-tools');
    await form.getByLabel('What ask_me answers').fill('"it rains"');
    await form.getByLabel('What page answers').fill('page 7');
    await form.getByRole('button', { name: 'Answer and go on' }).click();
    await page.getByText('it rains | page 7', { exact: true }).waitFor();
    expect(await form.count()).toBe(0);
    expect(await page.locator('.tool').count()).toBe(2);
    expect(await page.locator('.message.tool').count()).toBe(0);
    expect(await page.locator('.tool[data-state="done"] .result').allInnerTexts()).toEqual(['it rains', 'page 7']);

    await say('use page then ask_me');
    await form.waitFor();
    await page.getByRole('button', { name: 'New thread' }).click();
    expect(await form.count()).toBe(0);
    await threads().click();
    await form.getByLabel('What page answers').fill('page 8');
    await form.getByRole('button', { name: 'Answer and go on' }).click();
    await form.getByLabel('What ask_me answers').fill('42');
    await form.getByRole('button', { name: 'Answer and go on' }).click();
    await page.getByText('page 8 | 42', { exact: true }).waitFor();
    expect(await form.count()).toBe(0);
  });

  test('whoever may not declare any is told which permission that is', async () => {
    const { page, signInWithToken, refusals } = await open();
    await signInWithToken(started.tokenFor('bob'));
    await page.getByText('Tools that you run', { exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('ask_me');
    await page.getByRole('button', { name: 'Declare' }).click();
    await refusals().waitFor();
    expect(await refusals().locator('.permission').innerText()).toBe('graph:setup');
    expect(await page.locator('.declared').innerText()).toBe('');
  });
});
