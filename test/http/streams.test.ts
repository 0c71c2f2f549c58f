import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { auditRowsOf } from '../harness/audit-rows.js';
import { openEmbedded } from '../harness/embedded-database.js';
import { createProject, createSecret, echoGraph, failingGraph, root } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { type Served, serve } from '../harness/served.js';
import { type OpenStream, openStream } from '../harness/streams.js';
import { tokenFor } from '../harness/tokens.js';

/* Streams over HTTP: how they are framed, what a slow reader costs, and what becomes of a run whose reader has gone. */

const longRuns = `${join(root, 'test/graphs/long-runs.ts')}:app`;
const completed = { event: 'updates', data: { status: 'graph_invoked', reason: 'completed' } };
const lastOf = ({ chunks }: OpenStream) => chunks.at(-1);
const headersOf = (server: Served, subject: string, more: Readonly<Record<string, string>> = {}) => ({
  Authorization: `Bearer ${server.tokenFor(subject)}`,
  ...more,
});
const rowsOf = (server: Served, stream: OpenStream) =>
  auditRowsOf(server.directory, { headers: new Headers({ 'x-request-id': String(stream.headers['x-request-id']) }) });

/** Events, as an EventSource would read them. */
function readEvents(text: string) {
  const blocks = text.split('\n\n').filter((block) => block !== '');
  return blocks.map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))));
}

describe('the framing of a stream', () => {
  const server = serve({ agent: echoGraph, auth: 'jwt' });
  const open = (accept: string, subject = 'alice', more: Readonly<Record<string, string>> = {}) =>
    openStream(server.url, { headers: headersOf(server, subject, { Accept: accept, ...more }), body: say('hello') });

  test('is lines of JSON, under the type that AgentFlow says, unless Accept asks for another', async () => {
    const types = await Promise.all(
      ['*/*', 'application/x-ndjson', 'text/event-stream, application/x-ndjson', 'text/event-stream;q=0'].map(
        async (accept) => {
          const stream = await open(accept);
          await stream.ended;
          const lines = stream.text().split('\n');
          expect(lines.pop()).toBe('');
          for (const line of lines) expect(JSON.parse(line)).toHaveProperty('event');
          expect(lastOf(stream)).toMatchObject(completed);
          return stream.headers['content-type'];
        },
      ),
    );
    const [events, ndjson] = ['text/event-stream; charset=utf-8', 'application/x-ndjson; charset=utf-8'];
    expect(types).toEqual([events, ndjson, ndjson, events]);
  });

  test('is events where Accept asks for them: named, numbered from 0, each one line of JSON', async () => {
    const stream = await open('text/event-stream');
    expect(stream.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await stream.ended;
    const events = readEvents(stream.text());
    const chunks = events.map(({ data = '' }) => JSON.parse(data));
    expect(events.map(({ id }) => id)).toEqual(chunks.map(({ run_id: runId }, index) => `${runId}:${index}`));
    expect(events.map(({ event }) => event)).toEqual(chunks.map(({ event }) => event));
    expect(chunks.at(-1)).toMatchObject(completed);
  });

  test('a refusal is no stream, whatever is accepted', async () => {
    const { status, headers } = await openStream(server.url, {
      headers: { Accept: 'text/event-stream' },
      body: say('x'),
    });
    expect([status, headers['content-type']]).toEqual([401, 'application/json; charset=utf-8']);
  });

  // Security bar 64: there is no replay, so there is nothing of anybody's to be had by naming it.
  test("Last-Event-ID brings nothing back: neither another's events nor one's own", async () => {
    const hers = await open('text/event-stream');
    await hers.ended;
    const id = readEvents(hers.text()).at(0)?.['id'] ?? '';
    for (const subject of ['bob', 'alice']) {
      const again = await open('text/event-stream', subject, { 'Last-Event-ID': id });
      await again.ended;
      const events = readEvents(again.text());
      expect(events[0]?.['id']).toMatch(/:0$/);
      expect(again.text()).not.toContain(id.split(':')[0]);
      expect(lastOf(again)).toMatchObject(completed);
    }
  });
});

describe('a stream whose run fails', () => {
  const server = serve({ agent: failingGraph, auth: 'jwt' });

  test.each([
    ['application/x-ndjson', false],
    ['text/event-stream', true],
  ])('ends with an error that has the whole problem: %s', async (accept, isEvents) => {
    const headers = headersOf(server, 'alice', { Accept: accept });
    const stream = await openStream(server.url, { headers, body: say('x', 'fails') });
    expect([stream.status, await stream.ended]).toEqual([200, 'complete']);
    const requestId = stream.headers['x-request-id'];
    const told = lastOf(stream);
    expect(told).toMatchObject({
      ...{ event: 'error', message: null, state: null, thread_id: 'fails' },
      data: {
        code: 'INTERNAL',
        status: 500,
        request_id: requestId,
        reason: expect.stringContaining('The graph failed'),
      },
    });
    const invoked = await send(`${server.url}/v1/graph/invoke`, { headers, body: say('x', 'fails') });
    const { instance, metadata, ...problem } = invoked.body;
    expect(told.data.problem).toMatchObject(problem);
    expect([instance, metadata.request_id].includes(told.data.problem.instance)).toBe(false);
    if (isEvents) expect(readEvents(stream.text()).at(-1)).toMatchObject({ event: 'error' });
  });
});

describe('a reader', () => {
  const gate = join(mkdtempSync(join(tmpdir(), 'agentflow-gate-')), 'open');
  afterAll(() => rmSync(dirname(gate), { recursive: true }));
  const server = serve({ agent: longRuns, auth: 'jwt', stream_buffer: 262_144 }, { env: { GATE_FILE: gate } });
  const open = (text: string, thread: string, more: object = {}) =>
    openStream(server.url, { headers: headersOf(server, 'alice'), body: say(text, thread, more) });
  const runOf = async (thread: string) =>
    (await send(`${server.url}/v1/runs?thread_id=${thread}`, { token: server.tokenFor('alice') })).body.runs[0];
  const ended = (thread: string) =>
    expect.poll(async () => (await runOf(thread)).status, { timeout: 60_000 }).not.toBe('running');
  const memory = () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(server.process.pid)])) / 1024;
  /** The most that the server has had while something went on, in MiB. */
  const peakOf = async (work: () => Promise<unknown>) => {
    let peak = 0;
    const timer = setInterval(() => {
      peak = Math.max(peak, memory());
    }, 50);
    await work().finally(() => clearInterval(timer));
    return peak;
  };
  const said = ({ chunks }: OpenStream) => chunks.filter(({ message }) => message?.delta === true);
  const eightyMegabytes = 'alice: chunk 10000 times of 8000 bytes';

  test('that reads is told 10,000 chunks; one that pauses costs no more than the cap, and is cut off', {
    timeout: 180_000,
  }, async () => {
    const reading = await peakOf(async () => {
      const stream = await open(eightyMegabytes, 'fast');
      expect(await stream.ended).toBe('complete');
      expect([said(stream).length, lastOf(stream)]).toEqual([10_000, expect.objectContaining({ event: 'updates' })]);
    });
    const pausing = await peakOf(async () => {
      const stream = await open(eightyMegabytes, 'slow');
      stream.pause();
      await ended('slow');
      stream.resume();
      expect(await stream.ended).toBe('complete');
      expect(lastOf(stream)).toMatchObject({ event: 'error', data: { code: 'READER_TOO_SLOW', status: 408 } });
      // What had been sent is there without a gap, up to the end.
      const texts = said(stream).map(({ message }) => Number(message.content[0].text.slice(0, 6)));
      expect(texts).toEqual(texts.map((_, index) => index));
      expect(texts.length).toBeLessThan(10_000);
      const rows = await rowsOf(server, stream);
      expect(rows.map(({ event, status }) => [event, status])).toEqual([
        ['stream-opened', 200],
        ['stream-closed', 200],
      ]);
    });
    expect(await runOf('slow')).toMatchObject({ status: 'stopped', reason: 'the client did not read fast enough' });
    // Eighty megabytes wait nowhere; what both have in common is the graph's own.
    expect(pausing - reading).toBeLessThan(40);
  });

  test('that is cut off may leave its run to finish into the thread', { timeout: 120_000 }, async () => {
    const stream = await open('alice: chunk 3000 times of 8000 bytes', 'goes-on', { on_disconnect: 'continue' });
    stream.pause();
    await ended('goes-on');
    stream.resume();
    await stream.ended;
    expect(lastOf(stream)).toMatchObject({ event: 'error', data: { code: 'READER_TOO_SLOW' } });
    expect(await runOf('goes-on')).toMatchObject({ status: 'completed', reason: null });
  });

  test('that pauses while less than the cap is told misses nothing', async () => {
    const stream = await open('alice: chunk 100 times of 100 bytes every 10 ms', 'pauses');
    stream.pause();
    await ended('pauses');
    stream.resume();
    await stream.ended;
    expect([said(stream).length, lastOf(stream)]).toEqual([100, expect.objectContaining({ event: 'updates' })]);
  });

  test('that reads is not cut off where far more than the cap is told at once', async () => {
    const stream = await open('alice: blurt 4000 times of 1000 bytes', 'blurts');
    await stream.ended;
    expect(lastOf(stream)).toMatchObject(completed);
    expect(stream.chunks.filter(({ event }) => event === 'message')).toHaveLength(4002);
  });

  test.each([
    ['ends its run', {}, 'stopped', 'the client left before the end'],
    ['ends its run, if it says so', { on_disconnect: 'cancel' }, 'stopped', 'the client left before the end'],
    ['leaves it to finish into the thread, if it says so', { on_disconnect: 'continue' }, 'completed', null],
  ])('that goes away %s', async (how, more, status, reason) => {
    const thread = `leaves ${how}`;
    const stream = await open('alice: step 10 times every 100 ms', thread, more);
    await stream.has(3);
    stream.leave();
    await ended(thread);
    expect(await runOf(thread)).toMatchObject({ status, reason });
    const { body } = await send(`${server.url}/v1/threads/${thread}/messages`, { token: server.tokenFor('alice') });
    expect(body.data.messages.length === 11).toBe(status === 'completed');
    const rows = await rowsOf(server, stream);
    expect(rows.map(({ event, outcome }) => [event, outcome])).toEqual([
      ['stream-opened', 'allowed'],
      ['stream-closed', 'aborted'],
    ]);
  });

  test.each([
    ['cancel', 'stopped'],
    ['continue', 'completed'],
  ])('that waits for an invoke and goes away: %s', async (choice, status) => {
    const thread = `invoked ${choice}`;
    const left = new AbortController();
    const body = say('alice: step 10 times every 100 ms', thread, { on_disconnect: choice });
    const invoked = send(`${server.url}/v1/graph/invoke`, {
      headers: headersOf(server, 'alice'),
      body,
      signal: left.signal,
    }).catch(() => 'left');
    await expect.poll(async () => (await runOf(thread))?.status).toBe('running');
    left.abort();
    expect(await invoked).toBe('left');
    await ended(thread);
    expect(await runOf(thread)).toMatchObject({ status });
  });

  test('that says neither is told what there is to say', async () => {
    const stream = await open('alice: step 1 times', 'neither', { on_disconnect: 'perhaps' });
    await stream.ended;
    expect([stream.status, stream.text()]).toEqual([422, expect.stringContaining('on_disconnect')]);
  });

  test('200 streams at once all come to their end, and both their ends are in the audit trail', {
    timeout: 120_000,
  }, async () => {
    const streams: OpenStream[] = [];
    while (streams.length < 200) {
      const some = Array.from({ length: 20 }, (_, index) =>
        open('alice: gate 1 times', `many-${streams.length + index}`),
      );
      streams.push(...(await Promise.all(some)));
    }
    expect(streams.filter(({ status }) => status !== 200).map((stream) => stream.text())).toEqual([]);
    // All are open, and none has ended.
    const ended = streams.filter((stream) => JSON.stringify(lastOf(stream) ?? null).includes('graph_invoked'));
    expect(ended).toEqual([]);
    writeFileSync(gate, '');
    const ends = await Promise.all(streams.map(({ ended: end }) => end));
    expect(ends.filter((end) => end === 'complete')).toHaveLength(200);
    for (const stream of streams) expect(lastOf(stream)).toMatchObject(completed);
    const rows = await Promise.all(streams.map((stream) => rowsOf(server, stream)));
    const told = rows.map((list) => list.map(({ event, outcome }) => `${event} ${outcome}`).join(', '));
    expect(new Set(told)).toEqual(new Set(['stream-opened allowed, stream-closed allowed']));
  });
});

describe('a run whose reader has left it, when the server ends', () => {
  test.each([
    ['is given the grace to finish', 8, 'completed'],
    ['is ended when the grace is over', 90, 'error'],
  ])('%s', { timeout: 60_000 }, async (_how, steps, status) => {
    const secret = createSecret();
    const project = createProject({ 'agentflow.json': { agent: longRuns, auth: 'jwt', shutdown_grace: '3s' } });
    const server = await startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
    onTestFinished(() => project.remove());
    const more = { on_disconnect: 'continue', recursion_limit: 100 };
    const stream = await openStream(server.url, {
      headers: { Authorization: `Bearer ${tokenFor('alice', secret)}` },
      body: say(`alice: step ${steps} times every 200 ms`, 'left', more),
    });
    await stream.has(3);
    stream.leave();
    await stream.ended;
    expect(await server.stop()).toBe(0);
    const database = openEmbedded(project.directory, { readOnly: true });
    const row = database.prepare('select status from runs').get();
    database.close();
    expect(row).toMatchObject({ status });
  });
});
