import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as client from '@agentflow/client';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleClient } from '../harness/client-bundle.js';
import { exampleGraph, root } from '../harness/project.js';
import { serveSockets } from '../harness/scripted-socket.js';
import { serve } from '../harness/served.js';

/* The bundle in a page of another origin than the server. Skipped, and counted as such, where there is no browser. */

const executablePath = process.env['AGENTFLOW_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** What the script of the page finds. */
declare const agentflow: typeof client;

interface Given {
  readonly baseUrl: string;
  readonly tokens: readonly string[];
}

describe.skipIf(!existsSync(executablePath))('in Chromium', () => {
  const server = serve({ agent: exampleGraph, auth: 'jwt' }, { args: ['dev', '--no-reload'] });
  const slow = serve({ agent: `${root}/test/graphs/slow.ts:app`, auth: 'jwt' }, { args: ['dev', '--no-reload'] });
  const sockets = serveSockets();
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  let code = '';
  const pages = createServer((request, response) => {
    const isScript = request.url === '/agentflow.js';
    response.writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(isScript ? code : '<!doctype html><title>page</title><script src="/agentflow.js"></script>');
  });

  beforeAll(async () => {
    ({ code } = await bundleClient());
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser?.close();
    pages.closeAllConnections();
    pages.close();
    expect(complaints).toEqual([]);
  });

  const given = (): Given => ({ baseUrl: server.url, tokens: [server.tokenFor('alice')] });

  test('signs in, invokes, streams, and lists threads', async () => {
    const told = await page.evaluate(async ({ baseUrl, tokens: [token = ''] }: Given) => {
      const { AgentFlowClient, Message, bearerAuth } = agentflow;
      const client = new AgentFlowClient({ baseUrl, auth: bearerAuth(token) });
      const messages = [Message.text_message('Who am I? 漢字')];
      const { subject } = await client.me();
      const { messages: answer } = await client.invoke(messages, { config: { thread_id: 'page' } });
      const stream = client.stream(messages, { config: { thread_id: 'streamed' } });
      const streamed: string[] = [];
      for await (const { message } of stream) if (message !== null) streamed.push(message.text());
      const { data } = await client.threads();
      const end = await stream.ended;
      const threads = data.threads.map(({ thread_id: id }) => id).toSorted();
      return {
        subject,
        answer: answer.at(-1)?.text(),
        streamed: [streamed[0], streamed.at(-1)],
        reason: end.reason,
        threads,
      };
    }, given());
    expect(told).toEqual({
      ...{ subject: 'alice', answer: expect.stringContaining('You are alice'), reason: 'completed' },
      ...{ streamed: ['Who am I? 漢字', expect.stringContaining('You are alice')], threads: ['page', 'streamed'] },
    });
  });

  test('a refusal is an error of its class, with its request id and its challenge', async () => {
    const told = await page.evaluate(async ({ baseUrl, tokens: [token = ''] }: Given) => {
      const { AgentFlowClient, AuthenticationError, NotFoundError, PermissionError } = agentflow;
      const thrown = (promise: Promise<unknown>) =>
        promise.then(
          () => undefined,
          (error: unknown) => error,
        );
      const refused = await thrown(new AgentFlowClient({ baseUrl, authToken: 'wrong' }).threads());
      const client = new AgentFlowClient({ baseUrl, authToken: token });
      const absent = await thrown(client.threadDetails('nowhere'));
      const denied = await thrown(client.request('GET /v1/policies'));
      const unreachable = await thrown(
        new AgentFlowClient({ baseUrl: 'http://127.0.0.1:9', retry: { retries: 0 } }).ping(),
      );
      return {
        classes: [
          refused instanceof AuthenticationError,
          absent instanceof NotFoundError,
          denied instanceof PermissionError,
        ],
        refused: JSON.parse(JSON.stringify(refused)),
        unreachable: (unreachable as Error).name,
      };
    }, given());
    expect(told).toMatchObject({
      ...{ classes: [true, true, true], unreachable: 'NetworkError' },
      refused: {
        ...{
          name: 'AuthenticationError',
          status: 401,
          code: 'AUTH_REQUIRED',
          requestId: expect.stringMatching(/^[\da-f-]{36}$/),
        },
        challenges: [{ scheme: 'Bearer', parameters: { realm: 'agentflow' } }],
      },
    });
  });

  test('an expired credential is renewed once, by the function that gives it', async () => {
    const expired = server.tokenFor('alice', { exp: Math.floor(Date.now() / 1000) - 600 });
    const told = await page.evaluate(
      async ({ baseUrl, tokens }: Given) => {
        const asked: boolean[] = [];
        const client = new agentflow.AgentFlowClient({
          baseUrl,
          auth: async ({ refused }) => {
            asked.push(refused);
            return { type: 'bearer', token: tokens[asked.length - 1] ?? '', expiresAt: '2999-01-01T00:00:00Z' };
          },
        });
        const answers = await Promise.all([client.me(), client.me(), client.me()]);
        return { asked, subjects: answers.map(({ subject }) => subject) };
      },
      { ...given(), tokens: [expired, server.tokenFor('alice')] },
    );
    expect(told).toEqual({ asked: [false, true], subjects: ['alice', 'alice', 'alice'] });
  });

  test("runs over the browser's own WebSocket, by a sub-protocol", async () => {
    sockets.script(({ tell }) => {
      const ids = { thread_id: 't', run_id: 'r' };
      tell({ event: 'message', message: { role: 'assistant', content: [{ type: 'text', text: 'ümläut' }] }, ...ids });
      tell({ data: { status: 'graph_invoked', reason: 'completed' }, ...ids });
      tell({ data: { status: 'done' } });
    });
    const told = await page.evaluate(async (baseUrl) => {
      const client = new agentflow.AgentFlowClient({ baseUrl, authToken: 'token' });
      const stream = client.wsStream([agentflow.Message.text_message('Hello')]);
      const texts: string[] = [];
      for await (const { message } of stream) if (message !== null) texts.push(message.text());
      return { texts, end: await stream.ended };
    }, sockets.url);
    expect(told).toEqual({ texts: ['ümläut'], end: { reason: 'completed', threadId: 't', runId: 'r', rounds: 1 } });
    expect(sockets.upgrades).toEqual([{ path: '/v1/graph/ws', protocols: ['agentflow-bearer', 'token'] }]);
    await expect.poll(() => sockets.isOpen).toBe(false);
  });

  test('a stream is read as it comes, and ends when the page has had enough', async () => {
    const told = await page.evaluate(
      async ({ baseUrl, tokens: [token = ''] }: Given) => {
        const { AgentFlowClient, Message } = agentflow;
        const client = new AgentFlowClient({ baseUrl, authToken: token });
        const stream = client.stream([Message.text_message('9 steps of 300 ms')], { config: { thread_id: 'left' } });
        let steps = 0;
        for await (const { message } of stream) {
          if (message?.role === 'assistant') steps += 1;
          if (steps === 2) break;
        }
        return { steps, reason: (await stream.ended).reason };
      },
      { baseUrl: slow.url, tokens: [slow.tokenFor('alice')] },
    );
    expect(told).toEqual({ steps: 2, reason: 'aborted' });
  });
});
