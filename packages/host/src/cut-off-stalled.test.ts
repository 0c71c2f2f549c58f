import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cutOffStalled } from './cut-off-stalled.js';

/** More than the system's own buffers take. */
const bytes = 64 * 1024 * 1024;
const stall = 500;

let server: Server;
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  server = createServer((_request, response) => {
    cutOffStalled(response, stall);
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => server.close());

async function ask(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const asked = once(server, 'request');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await asked;
  return socket;
}

/** Reads to the end, with pauses if there are to be any, and counts. */
async function readAll(socket: Socket, pause?: () => Promise<unknown>): Promise<number> {
  let received = 0;
  try {
    for await (const chunk of socket) {
      received += (chunk as Buffer).length;
      await pause?.();
    }
  } catch {
    // Cut off.
  }
  return received;
}

test('whoever reads nothing is cut off, and what waited for them is gone', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  answer = (response) => {
    closed = once(response, 'close');
    response.end(Buffer.alloc(bytes));
  };
  const socket = await ask();
  socket.pause();
  await closed;
  expect(await readAll(socket)).toBeLessThan(bytes);
});

test('whoever reads slowly, for far longer than that, gets all of it', async () => {
  answer = (response) => void response.end(Buffer.alloc(bytes));
  const socket = await ask();
  let reads = 0;
  const received = await readAll(socket, () => {
    reads += 1;
    return sleep(reads % 100 === 0 ? 15 : 0);
  });
  expect(received).toBeGreaterThan(bytes);
});

test('whoever waits for a stream that has nothing to say is not cut off', async () => {
  answer = (response) => {
    response.flushHeaders();
    setTimeout(() => response.end('at last'), 3 * stall);
  };
  const socket = await ask();
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toContain('at last');
});
