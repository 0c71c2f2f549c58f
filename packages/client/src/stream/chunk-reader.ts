import { ProtocolError } from '../errors/error-classes.js';
import { isObject } from '../json.js';
import { JsonObjects } from './json-objects.js';
import { ServerSentEvents } from './server-sent-events.js';

/** Reads the chunks of a stream from bytes as they arrive. */
export interface ChunkReader {
  /** @throws {ProtocolError} */
  push(bytes: Uint8Array): Generator<Record<string, unknown>, void, undefined>;
  /** What is left when the bytes end. A chunk that has not arrived whole is none. @throws {ProtocolError} */
  end(): Generator<Record<string, unknown>, void, undefined>;
}

/**
 * A reader for both framings: lines of JSON and server-sent events. Which it is, the first character says: AgentFlow's servers send lines under the
 * media type of the other, so that the type says nothing.
 */
export function createChunkReader(): ChunkReader {
  const decoder = new TextDecoder();
  let framing: Framing | undefined;

  function* read(text: string): Generator<Record<string, unknown>, void, undefined> {
    if (framing === undefined && text.trim() === '') return;
    framing ??= /^\s*\{/.test(text) ? lines() : events();
    for (const chunk of framing.push(text)) yield checkChunk(chunk);
  }

  return {
    push: (bytes) => read(decoder.decode(bytes, { stream: true })),
    *end() {
      yield* read(decoder.decode());
      for (const chunk of framing?.end() ?? []) yield checkChunk(chunk);
    },
  };
}

/** `end` gives what is there whole when the text ends. */
interface Framing {
  push(text: string): Iterable<unknown>;
  end(): Iterable<unknown>;
}

function lines(): Framing {
  const objects = new JsonObjects();
  return {
    push: (text) => objects.push(text),
    end: () => [],
  };
}

function events(): Framing {
  const source = new ServerSentEvents();
  function* parse(found: Iterable<{ readonly data: string }>) {
    for (const { data } of found) {
      try {
        yield JSON.parse(data) as unknown;
      } catch {
        throw new ProtocolError('An event of the stream holds no JSON.', { code: 'MALFORMED_STREAM' });
      }
    }
  }
  return { push: (text) => parse(source.push(text)), end: () => [] };
}

function checkChunk(chunk: unknown): Record<string, unknown> {
  if (isObject(chunk) && typeof chunk['event'] === 'string') return chunk;
  throw new ProtocolError('The stream holds what is no chunk.', { code: 'MALFORMED_STREAM' });
}
