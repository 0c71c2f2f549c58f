import type { WrittenChunk } from '../../handle/chunk-queue.js';
import { frameEvents } from './server-sent-events.js';

/** How the chunks of a stream stand in the body of an answer. */
export interface Framing {
  readonly contentType: string;
  frame(chunks: AsyncIterable<WrittenChunk>): AsyncIterable<string>;
}

async function* frameLines(chunks: AsyncIterable<WrittenChunk>): AsyncGenerator<string, void, undefined> {
  for await (const { json } of chunks) yield `${json}\n`;
}

const lines: Framing = { contentType: 'application/x-ndjson; charset=utf-8', frame: frameLines };

/** RFC 9110 §5.6.6 lets no charset be missed here: the type's own is UTF-8 (HTML, server-sent events). */
const events: Framing = { contentType: 'text/event-stream; charset=utf-8', frame: (chunks) => frameEvents(chunks) };

/** AgentFlow's client reads lines of JSON under this type (contract 1.3); it is not event-stream framing. */
const linesAsEvents: Framing = { contentType: 'text/event-stream; charset=utf-8', frame: frameLines };

/** Whoever names a type gets it, and lines before events; whoever takes anything gets what AgentFlow sends. */
export function chooseFraming(accept: string): Framing {
  const accepted = new Set(accept.split(',').flatMap(readMediaRange));
  if (accepted.has('application/x-ndjson')) return lines;
  if (accepted.has('text/event-stream')) return events;
  return linesAsEvents;
}

/** Its type in lower case, if it has any weight at all (RFC 9110 §12.4.2). */
function readMediaRange(range: string): readonly string[] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const isRefused = parameters.some((parameter) => /^q\s*=\s*0(?:\.0{0,3})?$/.test(parameter));
  return isRefused ? [] : [type];
}
