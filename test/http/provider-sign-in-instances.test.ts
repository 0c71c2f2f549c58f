import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createCookieBrowser } from '../harness/cookie-browser.js';
import { describeOnDatabases, type TestDatabase } from '../harness/databases.js';
import { identityProvider } from '../harness/identity-provider.js';
import { createProject, exampleGraph, type Project } from '../harness/project.js';

/*
 * Two processes behind one name, over one database: a browser begins at one of them and comes back to the other. And what is otherwise where
 * that name is of the web: cookies that are bound to the host, and TLS in front.
 */

const clientSecret = 'sign-in-instances-1f7b3e5d9a8c2640';
const origin = 'https://agents.example.test';
const patience = { timeout: 5_000, interval: 50 };

describeOnDatabases((createDatabase) => {
  const provider = identityProvider();
  let database: TestDatabase;
  let project: Project;
  let instances: readonly RunningAgentflow[];

  beforeAll(async () => {
    database = await createDatabase();
    const one = {
      issuer: provider.issuer,
      client_id: 'agentflow',
      client_secret: { env: 'CLIENT_SECRET' },
      roles: ['user'],
      allow_networks: ['127.0.0.1/32'],
    };
    project = createProject({
      'agentflow.json': {
        ...{ agent: exampleGraph, public_url: `${origin}/`, auth: { method: 'login', providers: { one } } },
        ...(database.configuration !== undefined && { database: database.configuration }),
      },
    });
    await provider.register({
      ...{ client_id: 'agentflow', client_secret: clientSecret, grant_types: ['authorization_code'] },
      redirect_uris: [`${origin}/v1/auth/oauth/one/callback`],
    });
    const env = { CLIENT_SECRET: clientSecret, AGENTFLOW_PEPPER: randomBytes(32).toString('hex') };
    const options = { directory: project.directory, env };
    instances = await Promise.all([startAgentflow(options), startAgentflow(options)]);
  });
  afterAll(async () => {
    expect(await Promise.all(instances.map((instance) => instance.stop()))).toEqual([0, 0]);
    project.remove();
    await database.remove();
  });

  /** A browser, and the instance that it comes to at the moment. */
  function browse() {
    const at = { instance: 0 };
    const browser = createCookieBrowser(
      () => instances[at.instance]?.url ?? '',
      () => origin,
    );
    return { browser, at };
  }
  const pathOf = (url: string) => url.slice(origin.length);
  const me = async (browser: ReturnType<typeof browse>['browser']) =>
    (await browser.ask('/v1/auth/me', { from: 'own page' })).status;

  test('begun at one, finished at the other, known at both; and ended at one, ended at both', async () => {
    const { browser, at } = browse();
    const { url, asked } = await browser.begin('one', '/docs');
    expect(asked.get('redirect_uri')).toBe(`${origin}/v1/auth/oauth/one/callback`);
    const back = await browser.atProvider(url, 'alice');
    expect(back.startsWith(`${origin}/`)).toBe(true);
    at.instance = 1;
    const answer = await browser.ask(pathOf(back));
    expect([answer.status, answer.location]).toEqual([302, '/docs']);
    expect([...browser.cookies.keys()].toSorted()).toEqual(['__Host-agentflow', '__Host-agentflow_csrf']);
    for (const line of browser.set) expect(line).toMatch(/^__Host-[^;]*; Path=\/; (?!.*Domain).*Secure$/);
    expect(await me(browser)).toBe(200);
    at.instance = 0;
    expect(await me(browser)).toBe(200);

    const copy = browse();
    for (const [name, value] of browser.cookies) copy.browser.cookies.set(name, value);
    expect((await browser.ask('/v1/auth/logout', { from: 'own page', body: {} })).status).toBe(200);
    expect(browser.cookies.size).toBe(0);
    expect(await me(copy.browser)).toBe(401);
    copy.at.instance = 1;
    await expect.poll(() => me(copy.browser), patience).toBe(401);
  });

  test('what was brought back to one is not taken by the other: of twenty at once, one', async () => {
    const { browser, at } = browse();
    const { url } = await browser.begin('one');
    const back = pathOf(await browser.atProvider(url, 'alice'));
    const statuses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        at.instance = index % 2;
        return browser.ask(back).then(({ status }) => status);
      }),
    );
    expect(statuses.toSorted((one, other) => one - other)).toEqual([302, ...Array(19).fill(400)]);
  });

  test('a page of the name at which it listens is none of its own', async () => {
    const { browser } = browse();
    const { url } = await browser.begin('one');
    await browser.ask(pathOf(await browser.atProvider(url, 'alice')));
    expect(await me(browser)).toBe(200);
    const Origin = instances[0]?.url ?? '';
    const answer = await browser.ask('/v1/auth/me', { headers: { Origin, 'Sec-Fetch-Site': 'same-origin' } });
    expect(answer.status).toBe(401);
  });

  test('whoever comes by another name is sent to the one that is configured, once', async () => {
    const start = `${instances[0]?.url}/v1/auth/oauth/one/start?return_to=/docs`;
    const first = await fetch(start, { redirect: 'manual', headers: { 'X-Forwarded-Host': 'evil.example' } });
    expect(first.headers.get('location')).toBe(`${origin}/v1/auth/oauth/one/start?return_to=%2Fdocs&moved=1`);
    expect(instances[0]?.output()).toContain(`${origin}/v1/auth/oauth/one/callback`);
    expect(instances[0]?.output()).not.toContain('without TLS');
  });
});
