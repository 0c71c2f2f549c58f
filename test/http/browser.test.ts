import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { say } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* What the tables of cors.test.ts say, as a browser takes it. Skipped, and counted as such, where there is none. */

const executablePath = process.env['AGENTFLOW_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** A web server with one empty page, whose origin is asked for once it listens. */
function pageServer(): { readonly origin: string } {
  const server: Server = createServer((_request, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end('<!doctype html><title>page</title>'),
  );
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    get origin() {
      const address = server.address();
      return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    },
  };
}

describe.skipIf(!existsSync(executablePath))('in Chromium', () => {
  const own = pageServer();
  const foreign = pageServer();
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  /** What the script of a page of an origin gets from a `fetch`; null where the browser does not let it read. */
  async function fetchFrom(origin: string, url: string, options: object) {
    const page = await browser.newPage();
    await page.goto(origin);
    const answer = await page.evaluate(
      async ([target, init]) => {
        try {
          const response = await fetch(target, init);
          const headers = {
            id: response.headers.get('x-request-id'),
            challenge: response.headers.get('www-authenticate'),
          };
          return { status: response.status, ...headers, text: await response.text() };
        } catch {
          return null;
        }
      },
      [url, options] as const,
    );
    await page.close();
    return answer;
  }

  describe('production', () => {
    const started = serve(
      { agent: exampleGraph, auth: 'jwt', cors: { origins: ['${PAGE_ORIGIN:-https://none.example}'] } },
      { env: Object.defineProperty({}, 'PAGE_ORIGIN', { get: () => own.origin, enumerable: true }) },
    );
    const invoke = () => ({
      ...{ method: 'POST', body: JSON.stringify(say('Who am I?')) },
      headers: { Authorization: `Bearer ${started.tokenFor('alice')}`, 'Content-Type': 'application/json' },
    });

    test('a page of a listed origin invokes the graph, and reads refusals with their id and challenge', async () => {
      const url = `${started.url}/v1/graph/invoke`;
      const answer = await fetchFrom(own.origin, url, invoke());
      expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('You are alice') });
      const refused = await fetchFrom(own.origin, url, {
        ...invoke(),
        headers: { 'Content-Type': 'application/json' },
      });
      expect(refused).toMatchObject({
        ...{ status: 401, id: expect.any(String), challenge: 'Bearer realm="agentflow"' },
        text: expect.stringContaining('AUTH_REQUIRED'),
      });
      // No answer waits for the log.
      await expect.poll(() => started.output().split('"method":"POST"')).toHaveLength(1 + 2);
    });

    test('a page of another origin can neither send nor read', async () => {
      const before = started.output().length;
      expect(await fetchFrom(foreign.origin, `${started.url}/v1/graph/invoke`, invoke())).toBeNull();
      expect(await fetchFrom(foreign.origin, `${started.url}/ping`, {})).toBeNull();
      const since = () => started.output().slice(before);
      await expect.poll(since).toContain('"method":"OPTIONS"');
      expect(since()).not.toContain('"method":"POST"');
    });

    test('a header that is not listed is not sent', async () => {
      const headers = { ...invoke().headers, 'X-Admin': 'yes' };
      expect(await fetchFrom(own.origin, `${started.url}/v1/threads`, { headers })).toBeNull();
      expect(await fetchFrom(own.origin, `${started.url}/v1/threads`, { headers: invoke().headers })).not.toBeNull();
    });
  });

  describe('development', () => {
    const started = serve({ agent: exampleGraph, auth: 'jwt' }, { args: ['dev', '--no-reload'] });

    test('a page of any origin invokes the graph, but not with cookies', async () => {
      const headers = { Authorization: `Bearer ${started.tokenFor('alice')}` };
      expect(await fetchFrom(foreign.origin, `${started.url}/v1/threads`, { headers })).toMatchObject({ status: 200 });
      const withCookies = { headers, credentials: 'include' };
      expect(await fetchFrom(foreign.origin, `${started.url}/v1/threads`, withCookies)).toBeNull();
    });

    test('the documentation shows itself under its own policy, loads nothing and runs nothing', async () => {
      const page = await browser.newPage();
      const asked: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(`${started.url}/docs`);
      expect(await page.locator('details').count()).toBeGreaterThan(25);
      expect(await page.evaluate("getComputedStyle(document.querySelector('.method')).fontWeight")).toBe('600');
      await page.getByText('/v1/graph/invoke').click();
      expect(await page.getByText('graph:invoke').first().isVisible()).toBe(true);
      await page.close();
      expect(asked.filter((path) => path !== '/favicon.ico')).toEqual(['/docs']);
      expect(complaints.filter((text) => /policy/i.test(text))).toEqual([]);
    });
  });
});
