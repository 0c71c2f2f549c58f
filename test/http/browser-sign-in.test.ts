import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identityProvider } from '../harness/identity-provider.js';
import { hasChromium, patient } from '../harness/playground-page.js';
import { exampleGraph } from '../harness/project.js';
import { serve } from '../harness/served.js';

/* Signing in with a provider as a real browser does it: with its cookies, its redirects, and what it says of the pages that send requests. */

const executablePath = process.env['AGENTFLOW_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
const clientSecret = 'browser-sign-in-8e0f6a2c5d1b4973';

describe.skipIf(!hasChromium)('in Chromium', () => {
  const provider = identityProvider();
  const server = serve(
    {
      agent: exampleGraph,
      auth: {
        method: 'login',
        providers: {
          corporate: {
            ...{ issuer: '${ISSUER}', client_id: 'agentflow', client_secret: { env: 'CLIENT_SECRET' } },
            ...{ title: 'Corporate', roles: ['user'] },
          },
        },
      },
    },
    {
      args: ['dev', '--no-reload'],
      env: Object.defineProperty({ CLIENT_SECRET: clientSecret }, 'ISSUER', {
        get: () => provider.issuer,
        enumerable: true,
      }),
      prepare: ({ url }) =>
        provider.register({
          ...{ client_id: 'agentflow', client_secret: clientSecret, grant_types: ['authorization_code'] },
          redirect_uris: [`${url}/v1/auth/oauth/corporate/callback`],
        }),
    },
  );
  // A page of another site: cookies know nothing of ports, and so it has another name as well.
  const foreign = createServer((_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>elsewhere</title>'),
  );
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    context = await browser.newContext();
    page = await context.newPage();
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await browser.close();
    foreign.close();
  });

  test('from the playground to the provider and back, and an answer is streamed', { timeout: 60_000 }, async () => {
    // By another name of this machine: the browser is sent to the one that the provider knows.
    await page.goto(`${server.url.replace('127.0.0.1', 'localhost')}/playground`);
    await page.getByRole('link', { name: 'Continue with Corporate' }).click();
    await page.getByLabel('Name').fill('alice');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`${server.url}/playground`);
    await page.getByLabel('Message', { exact: true }).fill('Who am I?');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByText('You are alice').count(), patient).toBeGreaterThan(0);

    const facts = (await ownCookies()).map(({ name, httpOnly, sameSite, path }) => ({
      name,
      httpOnly,
      sameSite,
      path,
    }));
    expect(facts.toSorted((one, other) => one.name.localeCompare(other.name))).toEqual([
      { name: 'agentflow', httpOnly: true, sameSite: 'Lax', path: '/' },
      { name: 'agentflow_csrf', httpOnly: false, sameSite: 'Lax', path: '/' },
    ]);
    expect(await page.evaluate('document.cookie')).not.toMatch(/(?:^|; )agentflow=/);
  });

  test('a reload knows them still', { timeout: 60_000 }, async () => {
    await page.reload();
    await expect.poll(() => page.getByLabel('Message', { exact: true }).count(), patient).toBe(1);
  });

  /** Cookies know nothing of ports: those of the provider are there as well. */
  async function ownCookies() {
    return (await context.cookies(server.url)).filter(({ name }) => name.includes('agentflow'));
  }

  /** What the server answers to what a script of a page sends; 0 where the browser does not let it read. */
  const statusOf = (from: Page, url: string, options: object) =>
    from.evaluate(
      ([target, init]) =>
        fetch(target, init).then(
          ({ status }) => status,
          () => 0,
        ),
      [url, options] as const,
    );

  test('a page of another site has the browser send nothing that counts', { timeout: 60_000 }, async () => {
    const { port } = foreign.address() as AddressInfo;
    const elsewhere = await context.newPage();
    await elsewhere.goto(`http://localhost:${port}/`);
    const token = (await ownCookies()).find(({ name }) => name === 'agentflow_csrf')?.value ?? '';
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': token };
    const body = '{"messages":[{"role":"user","content":"Who am I?"}]}';
    const options = { method: 'POST', credentials: 'include', headers, body };
    const url = `${server.url}/v1/graph/invoke`;
    expect(await statusOf(elsewhere, url, options)).not.toBe(200);
    expect(await statusOf(elsewhere, `${server.url}/v1/auth/me`, { credentials: 'include' })).not.toBe(200);
    // The same from a page of our own.
    expect(await statusOf(page, url, { ...options, credentials: 'same-origin' })).toBe(200);
    expect(await statusOf(page, url, { ...options, headers: { 'Content-Type': 'application/json' } })).toBe(401);

    // Another port of this very machine: for a browser it is the same site, with the same cookies.
    await elsewhere.goto(`http://127.0.0.1:${port}/`);
    expect(await elsewhere.evaluate('document.cookie')).toContain('agentflow_csrf');
    expect(await statusOf(elsewhere, url, options)).not.toBe(200);
    const sent = elsewhere.waitForResponse(`${server.url}/v1/graph/invoke`);
    const form = `Object.assign(document.createElement('form'), { method: 'post', action: ${JSON.stringify(url)} })`;
    await elsewhere.evaluate(`const form = ${form}; document.body.append(form); form.submit()`);
    expect([401, 403]).toContain((await sent).status());
  });

  test('a link from elsewhere reads what is theirs, and signing out ends it', { timeout: 60_000 }, async () => {
    const { port } = foreign.address() as AddressInfo;
    const other = await context.newPage();
    await other.goto(`http://localhost:${port}/`);
    const answer = other.waitForResponse(`${server.url}/v1/auth/me`);
    await other.evaluate(`location.assign('${server.url}/v1/auth/me')`);
    expect((await answer).status()).toBe(200);
    await other.close();

    const token = (await ownCookies()).find(({ name }) => name === 'agentflow_csrf')?.value ?? '';
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': token };
    const leave = { method: 'POST', credentials: 'same-origin', headers, body: '{}' };
    expect(await statusOf(page, `${server.url}/v1/auth/logout`, leave)).toBe(200);
    expect((await ownCookies()).map(({ name }) => name)).toEqual([]);
    await page.reload();
    await page.getByRole('link', { name: 'Continue with Corporate' }).waitFor();
  });
});
