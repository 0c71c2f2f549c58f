import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { WrittenChunk } from '../../handle/chunk-queue.js';
import { chooseFraming } from './framing.js';
import { frameEvents } from './server-sent-events.js';

async function* chunksOf(count: number): AsyncGenerator<WrittenChunk> {
  for (let index = 0; index < count; index += 1) {
    yield { id: `run:${index}`, event: index === count - 1 ? 'error' : 'message', json: `{"n":${index}}` };
  }
}

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const line of lines) text += line;
  return text;
}

const asLines = '{"n":0}\n{"n":1}\n';
const asEvents = 'id: run:0\nevent: message\ndata: {"n":0}\n\nid: run:1\nevent: error\ndata: {"n":1}\n\n';
const [ndjson, sse] = ['application/x-ndjson; charset=utf-8', 'text/event-stream; charset=utf-8'];

describe('the framing of a stream', () => {
  test.each([
    ['', sse, asLines],
    ['*/*', sse, asLines],
    ['application/json', sse, asLines],
    ['text/*', sse, asLines],
    ['text/event-stream', sse, asEvents],
    ['Text/Event-Stream; charset=utf-8', sse, asEvents],
    ['text/html, text/event-stream;q=0.5', sse, asEvents],
    ['text/event-stream;q=0', sse, asLines],
    ['text/event-stream; q=0.000 , */*', sse, asLines],
    ['text/event-stream;q=0.001', sse, asEvents],
    ['text/event-streams', sse, asLines],
    ['application/x-ndjson', ndjson, asLines],
    ['text/event-stream, application/x-ndjson', ndjson, asLines],
    ['application/x-ndjson;q=0, text/event-stream', sse, asEvents],
    ['application/x-ndjson;q=0.1, text/event-stream;q=1', ndjson, asLines],
    [',,;q=1,', sse, asLines],
  ])('for Accept: %s is %s', async (accept, contentType, text) => {
    const framing = chooseFraming(accept);
    expect([framing.contentType, await textOf(framing.frame(chunksOf(2)))]).toEqual([contentType, text]);
  });
});

describe('heartbeats', () => {
  const heartbeat = ': heartbeat\n\n';

  test('go out while nothing is sent, and stop with what is sent', async () => {
    let release = () => {};
    async function* late() {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      yield* chunksOf(2);
    }
    const lines = frameEvents(late(), 1);
    const first = [await lines.next(), await lines.next(), await lines.next()].map(({ value }) => value);
    expect(first).toEqual([heartbeat, heartbeat, heartbeat]);
    release();
    const rest = await textOf(lines);
    expect(rest.replaceAll(heartbeat, '')).toBe(asEvents);
  });

  test('do not go out where something is always there to be sent', async () => {
    expect(await textOf(frameEvents(chunksOf(1000), 1))).not.toContain('heartbeat');
  });

  test('are not kept for a reader that takes nothing', async () => {
    let asked = 0;
    async function* silent() {
      asked += 1;
      await new Promise(() => {});
      yield* chunksOf(1);
    }
    const lines = frameEvents(silent(), 1);
    await lines.next();
    await sleep(20);
    expect([(await lines.next()).value, asked]).toEqual([heartbeat, 1]);
  });

  test('whoever reads no more is told to the chunks', async () => {
    let isLeft = false;
    async function* chunks() {
      try {
        yield* chunksOf(5);
      } finally {
        isLeft = true;
      }
    }
    const lines = frameEvents(chunks(), 1000);
    await lines.next();
    await lines.return();
    expect(isLeft).toBe(true);
  });
});
