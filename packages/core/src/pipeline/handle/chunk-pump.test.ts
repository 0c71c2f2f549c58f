import { setImmediate as turn } from 'node:timers/promises';
import type { StreamChunk } from '@agentflow/protocol';
import { describe, expect, test } from 'vitest';
import { AccessDeniedError, ClientLeftError, RequestError, UnavailableError } from '../../errors.js';
import { pumpChunks } from './chunk-pump.js';

const chunkOf = (text: string, event: StreamChunk['event'] = 'updates'): StreamChunk => ({
  event,
  ...{ message: null, state: null, data: { text }, metadata: {} },
  ...{ thread_id: 'thread', run_id: 'run', timestamp: 0 },
});
const bytesOfOne = Buffer.byteLength(JSON.stringify(chunkOf('0000')));

/** A run that tells what it is told to, and ends when a test says so. */
function createRun() {
  const told: StreamChunk[] = [];
  let wake = () => {};
  let end: { readonly error?: unknown } | undefined;
  let read = 0;
  async function* run() {
    for (;;) {
      const next = told.shift();
      if (next !== undefined) {
        read += 1;
        yield next;
      } else if (end !== undefined) {
        if ('error' in end) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  return {
    chunks: run(),
    read: () => read,
    /** Numbered texts of four digits. */
    tell(count: number, from = 0) {
      for (let index = from; index < from + count; index += 1) told.push(chunkOf(String(index).padStart(4, '0')));
      wake();
    },
    end(how: { readonly error?: unknown } = {}) {
      end = how;
      wake();
    },
  };
}

function start({ chunksThatWait = 4, patienceMilliseconds = 0 } = {}) {
  const run = createRun();
  const right = new AbortController();
  const reader = new AbortController();
  const unread: Error[] = [];
  const failed: unknown[] = [];
  const waiting = { now: 0, most: 0 };
  let timesRead = 0;
  const pump = pumpChunks(run.chunks, {
    maxBytes: chunksThatWait * bytesOfOne,
    patienceMilliseconds,
    right: right.signal,
    reader: reader.signal,
    onUnread: (reason) => unread.push(reason),
    onRead: () => {
      timesRead += 1;
    },
    onFailed: (error) => failed.push(error),
    toErrorChunk: (error) => chunkOf(error instanceof RequestError ? error.code : String(error), 'error'),
    onWaiting(bytes) {
      waiting.now += bytes;
      waiting.most = Math.max(waiting.most, waiting.now);
    },
  });
  const iterator = pump.chunks[Symbol.asyncIterator]();
  const take = async () => {
    const result = await iterator.next();
    return result.done === true ? undefined : textOf(result.value.json);
  };
  const takeAll = async () => {
    const texts: string[] = [];
    for (let text = await take(); text !== undefined; text = await take()) texts.push(text);
    return texts;
  };
  return { run, right, reader, unread, failed, waiting, pump, iterator, take, takeAll, timesRead: () => timesRead };
}

const textOf = (json: string) => (JSON.parse(json) as { data: { text: string } }).data.text;

describe('a reader that keeps up', () => {
  test('is told everything, in order, numbered from 0', async () => {
    const { run, pump, waiting, unread, timesRead } = start({ chunksThatWait: 10_000 });
    run.tell(10_000);
    run.end();
    const ids: string[] = [];
    for await (const { id, json } of pump.chunks) {
      expect(textOf(json)).toBe(String(ids.length).padStart(4, '0'));
      ids.push(id);
    }
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([10_000, 'run:0', 'run:9999']);
    await pump.settled;
    expect([pump.failure(), unread, waiting.now, timesRead()]).toEqual([undefined, [], 0, 1]);
  });

  test('is told what ended the run early, behind all that it had told', async () => {
    const { run, pump, takeAll, unread, failed } = start();
    const error = new Error('broken');
    run.tell(2);
    run.end({ error });
    expect(await takeAll()).toEqual(['0000', '0001', 'Error: broken']);
    expect([pump.failure(), failed, unread]).toEqual([error, [error], []]);
  });

  test('is given one chunk that is larger than all that may wait', async () => {
    const { run, takeAll } = start({ chunksThatWait: 0 });
    run.tell(1);
    run.end();
    expect(await takeAll()).toEqual(['0000']);
  });

  test('is not taken for a slow one because much is told at once', async () => {
    const { run, takeAll, waiting } = start({ patienceMilliseconds: 60_000 });
    run.tell(1000);
    run.end();
    expect(await takeAll()).toHaveLength(1000);
    expect(waiting.most).toBeLessThanOrEqual(4 * bytesOfOne);
  });
});

describe('a reader that falls behind', () => {
  test('is cut off at the cap, exactly; may read what waits, and why it ends', async () => {
    const { run, pump, takeAll, waiting, unread, timesRead } = start({ patienceMilliseconds: 5 });
    run.tell(10_000);
    run.end();
    // All of the run is read, though nobody reads the stream.
    await pump.settled;
    expect([run.read(), waiting.now - bytesOfLast]).toEqual([10_000, 4 * bytesOfOne]);
    expect(waiting.most).toBe(waiting.now);
    expect(unread).toEqual([expect.objectContaining({ code: 'READER_TOO_SLOW' })]);
    expect(await takeAll()).toEqual(['0000', '0001', '0002', '0003', 'READER_TOO_SLOW']);
    expect([pump.failure(), waiting.now, timesRead()]).toEqual([unread[0], 0, 1]);
  });

  test('is told so once, and its run ends by that without another word', async () => {
    const { run, pump, right, takeAll, unread } = start();
    run.tell(5);
    await expect.poll(() => unread.length).toBe(1);
    // As a run ends whose request did not ask that it goes on.
    right.abort(unread[0]);
    run.end({ error: unread[0] });
    await pump.settled;
    expect(await takeAll()).toEqual(['0000', '0001', '0002', '0003', 'READER_TOO_SLOW']);
  });

  const bytesOfLast = Buffer.byteLength(JSON.stringify(chunkOf('READER_TOO_SLOW', 'error')));
});

describe('when the right ends', () => {
  const denied = new AccessDeniedError({ message: 'no', reason: 'no' });

  test('what waits is dropped, and nothing more is told, whatever the run still says', async () => {
    const { run, pump, right, take, takeAll, waiting, unread } = start();
    run.tell(3);
    expect(await take()).toBe('0000');
    await turn();
    right.abort(denied);
    run.tell(3, 3);
    expect(await takeAll()).toEqual(['ACCESS_DENIED']);
    run.end({ error: new Error('later') });
    await pump.settled;
    expect([pump.failure(), waiting.now, unread]).toEqual([denied, 0, []]);
  });

  test('a reader that waits for something is told at once, while the run still goes on', async () => {
    const { right, takeAll, timesRead } = start();
    const taken = takeAll();
    right.abort(denied);
    expect([await taken, timesRead()]).toEqual([['ACCESS_DENIED'], 1]);
  });

  test('after the run has ended, what still waits is dropped all the same', async () => {
    const { run, pump, right, take, takeAll, timesRead } = start();
    run.tell(3);
    run.end();
    await pump.settled;
    expect([await take(), timesRead()]).toEqual(['0000', 0]);
    right.abort(denied);
    expect([await takeAll(), pump.failure(), timesRead()]).toEqual([['ACCESS_DENIED'], denied, 1]);
  });

  test('after everything was read, nothing more is told', async () => {
    const { run, pump, right, takeAll } = start();
    run.tell(1);
    run.end();
    expect(await takeAll()).toEqual(['0000']);
    right.abort(denied);
    expect([await takeAll(), pump.failure()]).toEqual([[], undefined]);
  });

  test('after the reader was cut off, it is told the later reason', async () => {
    const { run, pump, right, takeAll } = start();
    run.tell(9);
    run.end();
    await pump.settled;
    right.abort(denied);
    expect(await takeAll()).toEqual(['ACCESS_DENIED']);
  });
});

describe('when the reader goes away', () => {
  test.each([
    ['its signal says so', ({ reader }: ReturnType<typeof start>) => reader.abort(new ClientLeftError())],
    ['it asks for nothing more', ({ iterator }: ReturnType<typeof start>) => iterator.return?.()],
  ])('nothing waits for it, and the run is told once: %s', async (_how, leave) => {
    const started = start();
    const { run, pump, waiting, unread, timesRead } = started;
    run.tell(3);
    await started.take();
    await Promise.resolve(leave(started));
    run.tell(1000, 3);
    run.end();
    await pump.settled;
    expect([run.read(), waiting.now, timesRead()]).toEqual([1003, 0, 1]);
    expect(unread).toEqual([expect.any(ClientLeftError)]);
    expect([await started.takeAll(), pump.failure()]).toEqual([[], undefined]);
  });

  test('what its run throws later is told to whoever keeps the log', async () => {
    const { run, pump, reader, failed } = start();
    reader.abort(new ClientLeftError());
    run.end({ error: new Error('broken') });
    await pump.settled;
    expect([failed, pump.failure()]).toEqual([[new Error('broken')], undefined]);
  });

  test('the end of the server is no reader that goes away', async () => {
    const { reader, right, takeAll, unread } = start();
    const ends = new UnavailableError({ reason: 'the server ends' });
    reader.abort(ends);
    right.abort(ends);
    expect([await takeAll(), unread]).toEqual([['UNAVAILABLE'], []]);
  });
});
