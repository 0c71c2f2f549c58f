import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../errors/error-classes.js';
import { createChunkReader } from './chunk-reader.js';

/* A stream may be cut anywhere: by the network, a proxy, or whoever reads it. */

const texts = [
  'plain',
  'ümläut € 漢字 🎉 👩‍👩‍👧',
  '"quoted" \\ {brace} }{ ] \\"',
  'line\nbreak\r\nand\ttab',
  '\u2028\u2029',
  '',
];

const chunks = texts.map((text, index) => ({
  event: index === texts.length - 1 ? 'updates' : 'message',
  message: { message_id: `m${index}`, role: 'assistant', content: [{ type: 'text', text, annotations: [] }] },
  data: { nested: { deep: [{}, [], { '}': '{' }] }, text },
  run_id: 'r1',
}));

const json = chunks.map((chunk) => JSON.stringify(chunk));

/** Characters beyond ASCII, escaped and not. */
const escaped = json.map((line) =>
  line.replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
);

const recordings: Readonly<Record<string, string>> = {
  'lines of JSON': json.map((line) => `${line}\n`).join(''),
  'no newline at the end': json.join('\n'),
  'objects glued together': json.join(''),
  'blank lines, spaces and CRLF': `\n\r\n ${json.join(' \r\n\r\n\t')}\n\n`,
  'escaped characters': escaped.join('\n'),
  'spread over lines': chunks.map((chunk) => JSON.stringify(chunk, null, 2)).join('\n'),
  'server-sent events': json.map((line, index) => `id: r1:${index}\nevent: message\ndata: ${line}\n\n`).join(''),
  'events with CRLF, comments and retry': `: heartbeat\r\n\r\nretry: 5\r\n${json
    .map((line, index) => `: heartbeat\r\n\r\nid:r1:${index}\r\nevent:message\r\ndata:${line}\r\n\r\n`)
    .join('')}`,
  'events with CR': json.map((line) => `data: ${line}\r\r`).join(''),
  'events whose data has several lines': chunks
    .map((chunk) => `data: ${JSON.stringify(chunk, null, 1).split('\n').join('\ndata: ')}\n\n`)
    .join(''),
  'events after a byte order mark': `\ufeff${json.map((line) => `data: ${line}\n\n`).join('')}`,
};

function read(parts: Iterable<Uint8Array>): unknown[] {
  const reader = createChunkReader();
  const found: unknown[] = [];
  for (const part of parts) found.push(...reader.push(part));
  return [...found, ...reader.end()];
}

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe.each(Object.entries(recordings))('%s', (_name, recording) => {
  const bytes = new TextEncoder().encode(recording);

  test('cut in two at every byte, every chunk is read', () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(JSON.stringify(read([bytes.subarray(0, cut), bytes.subarray(cut)]))).toBe(JSON.stringify(chunks));
    }
  });

  test.each([1, 2, 3, 7, 64])('cut in pieces of %i bytes, every chunk is read', (size) => {
    expect(read(inPieces(bytes, size))).toEqual(chunks);
  });

  test('where it is cut off, what has arrived whole is read, and nothing else', () => {
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const found = read([bytes.subarray(0, cut)]);
      expect(JSON.stringify(found)).toBe(JSON.stringify(chunks.slice(0, found.length)));
    }
  });
});

test('a chunk comes as soon as it is there', () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const lines = createChunkReader();
  expect([...lines.push(encode('{"event":'))]).toEqual([]);
  expect([...lines.push(encode('"message"}'))]).toEqual([{ event: 'message' }]);
  const events = createChunkReader();
  expect([...events.push(encode('data: {"event":"message"}\n'))]).toEqual([]);
  expect([...events.push(encode('\n'))]).toEqual([{ event: 'message' }]);
});

test('a chunk of millions of characters in pieces of a few is read in one pass', () => {
  const large = { event: 'message', data: { text: 'x{"\\'.repeat(500_000) } };
  const bytes = new TextEncoder().encode(JSON.stringify(large));
  expect(read(inPieces(bytes, 5))).toEqual([large]);
  expect(read(inPieces(new TextEncoder().encode(`data: ${JSON.stringify(large)}\n\n`), 5))).toEqual([large]);
});

test.each(['{"a":1} nonsense', '{"a":1}]', '{a}', '{"a":}', 'data: nonsense\n\n', 'data: [1]\n\n', 'data: null\n\n'])(
  'what is no chunk is told, and nothing is made of it: %s',
  (text) => {
    expect(() => read([new TextEncoder().encode(text)])).toThrow(ProtocolError);
  },
);

test('a page of HTML and an empty answer have no chunks', () => {
  expect(read([new TextEncoder().encode('<!doctype html><title>502</title>')])).toEqual([]);
  expect(read([])).toEqual([]);
});
