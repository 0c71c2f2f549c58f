import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, type Project, root } from '../harness/project.js';
import { lastText, say, send } from '../harness/requests.js';
import { tokenFor } from '../harness/tokens.js';

interface Chunk {
  readonly event: string;
  readonly message: { readonly role: string } | null;
  readonly data: Readonly<Record<string, unknown>>;
}

const secret = createSecret();
const token = tokenFor('alice', secret);

let project: Project;
let server: RunningAgentflow;

async function start(): Promise<void> {
  const env = { JWT_SECRET_KEY: secret, STEPS_FILE: join(project.directory, 'steps.txt') };
  server = await startAgentflow({ directory: project.directory, env });
}

beforeEach(async () => {
  const agent = `${join(root, 'test/graphs/slow.ts')}:app`;
  project = createProject({ 'agentflow.json': { agent, auth: 'jwt', shutdown_grace: '1s' } });
  await start();
});

afterEach(async () => {
  await server.stop('SIGKILL');
  project.remove();
});

function invoke(text: string, threadId: string) {
  return send(`${server.url}/v1/graph/invoke`, { token, body: say(text, threadId, { recursion_limit: 100 }) });
}

/** A stream that has begun, read as it comes. */
async function openStream(text: string, threadId: string) {
  const left = new AbortController();
  const response = await fetch(`${server.url}/v1/graph/stream`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(say(text, threadId, { recursion_limit: 100 })),
    signal: left.signal,
  });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let received = '';
  const readOn = async () => {
    const { done, value } = await reader.read();
    received += decoder.decode(value, { stream: !done });
    return !done;
  };
  /** Every line has its end and is JSON by itself; a line that was cut off would be neither. */
  const chunks = () => {
    expect(received.endsWith('\n')).toBe(true);
    return received
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line) as Chunk);
  };
  return {
    /** Reads until the first answer of a node is there. */
    async firstStep() {
      while (!received.includes('step 1')) expect(await readOn()).toBe(true);
    },
    /** Reads to the end, which must be a clean one. */
    async toEnd() {
      while (await readOn());
      return chunks();
    },
    leave: () => left.abort(),
  };
}

/** How often a node has begun to answer the question. */
function stepsBegun(text: string): number {
  const file = join(project.directory, 'steps.txt');
  if (!existsSync(file)) return 0;
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line === text).length;
}

async function untilBegun(text: string): Promise<void> {
  while (stepsBegun(text) === 0) await sleep(5);
}

function canConnect(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('SIGTERM', () => {
  test('lets a stream finish that can within the grace', async () => {
    const stream = await openStream('bread: 4 steps of 50 ms', 'kitchen');
    await stream.firstStep();
    const ended = server.stop();
    const chunks = await stream.toEnd();
    expect(chunks.at(-1)).toMatchObject({ event: 'updates', data: { status: 'graph_invoked', reason: 'completed' } });
    expect(chunks.filter(({ message }) => message?.role === 'assistant')).toHaveLength(4);
    expect(await ended).toBe(0);
  });

  test('ends a longer stream with a last chunk that says why', async () => {
    const text = 'stew: 50 steps of 300 ms';
    const stream = await openStream(text, 'kitchen');
    await stream.firstStep();
    const ended = server.stop();
    const chunks = await stream.toEnd();
    expect(chunks.at(-1)).toMatchObject({ event: 'error', data: { code: 'UNAVAILABLE' } });
    expect(chunks.at(-1)?.data['reason']).toMatch(/shutting down/i);
    expect(chunks.filter(({ event }) => event === 'error')).toHaveLength(1);
    expect(chunks.some(({ data }) => data['status'] === 'graph_invoked')).toBe(false);
    expect(await ended).toBe(0);
    expect(stepsBegun(text)).toBeLessThan(50);
  });

  test('ends an invoke that outlasts the grace with 503, and whoever waits behind it', async () => {
    const stew = 'stew: 1 steps of 60000 ms';
    const cooking = invoke(stew, 'kitchen');
    await untilBegun(stew);
    const waiting = invoke('soup: 1 steps of 0 ms', 'kitchen').then(
      ({ status }) => status,
      () => 'no connection',
    );
    // Time to reach the queue: nothing tells so from outside. If it does not, the door is closed to it.
    await sleep(200);
    const ended = server.stop();
    const answer = await cooking;
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/shutting down/i) });
    expect([503, 'no connection']).toContain(await waiting);
    expect(stepsBegun('soup: 1 steps of 0 ms')).toBe(0);
    expect(await ended).toBe(0);
  });

  test('takes no new connections while what is in flight goes on', async () => {
    expect(await canConnect()).toBe(true);
    const stream = await openStream('stew: 50 steps of 300 ms', 'kitchen');
    await stream.firstStep();
    let hasEnded = false;
    const ended = server.stop();
    const rest = stream.toEnd().finally(() => {
      hasEnded = true;
    });
    while (await canConnect()) await sleep(5);
    expect(hasEnded).toBe(false);
    await rest;
    expect(await ended).toBe(0);
  });

  test('does not wait for a node that does not listen', async () => {
    const text = 'stone: 1 deaf steps of 60000 ms';
    const cooking = invoke(text, 'kitchen');
    await untilBegun(text);
    const ended = server.stop();
    expect((await cooking).status).toBe(503);
    expect(await ended).toBe(0);
  });

  test('leaves the threads that it cut off to the next process', async () => {
    const stream = await openStream('stew: 50 steps of 300 ms', 'kitchen');
    await stream.firstStep();
    const ended = server.stop();
    await stream.toEnd();
    expect(await ended).toBe(0);
    await start();
    const answer = await invoke('salad: 2 steps of 0 ms', 'kitchen');
    expect(answer.status).toBe(200);
    expect(lastText(answer)).toBe('step 2');
    const kept = await send(`${server.url}/v1/threads/kitchen/messages?limit=1000`, { token });
    const asked = kept.body.data.messages.filter(({ role }: { role: string }) => role === 'user');
    expect(asked).toHaveLength(2);
  });
});

describe('a client that leaves its stream', () => {
  test.each(['', 'deaf '])('ends the run: no further %snode runs, and the thread is free', async (manner) => {
    const text = `stew: 60 ${manner}steps of 50 ms`;
    const stream = await openStream(text, 'kitchen');
    await stream.firstStep();
    stream.leave();
    const answer = await invoke('salad: 2 steps of 0 ms', 'kitchen');
    expect(answer.status).toBe(200);
    expect(lastText(answer)).toBe('step 2');
    const begun = stepsBegun(text);
    expect(begun).toBeLessThan(60);
    // Long enough for several more, if any were to come.
    await sleep(500);
    expect(stepsBegun(text)).toBe(begun);
    expect(stepsBegun('salad: 2 steps of 0 ms')).toBe(2);
  });

  const aborted = () => server.output().split('"outcome":"aborted"').length;

  test('before its run has begun leaves no run behind', async () => {
    const stream = await openStream('stew: 60 steps of 50 ms', 'kitchen');
    await stream.firstStep();
    const left = new AbortController();
    const body = say('soup: 1 steps of 0 ms', 'kitchen');
    const waiting = send(`${server.url}/v1/graph/stream`, { token, body, signal: left.signal });
    const refused = expect(waiting).rejects.toThrow('aborted');
    // In the queue behind the first: nothing tells so from outside, and nothing that follows depends on it.
    await sleep(100);
    const before = aborted();
    left.abort();
    await refused;
    // Two connections end, and nobody says in which order: the first must not make room before the second has left.
    await expect.poll(aborted).toBe(before + 1);
    stream.leave();
    expect((await invoke('salad: 2 steps of 0 ms', 'kitchen')).status).toBe(200);
    expect(stepsBegun('soup: 1 steps of 0 ms')).toBe(0);
  });
});
