import type { AgentFlowError } from '../errors/agentflow-error.js';
import { NetworkError, ProtocolError } from '../errors/error-classes.js';
import type { Exchange, OpenAnswer } from '../request/exchange.js';
import { type HttpStreamOptions, type RunBody, writeFollowUp } from '../run-options.js';
import type { ToolRounds } from '../tools/tool-rounds.js';
import { createChunkReader } from './chunk-reader.js';
import { joinSignals } from './join-signals.js';
import type { RunSource } from './run-stream.js';
import { readChunk, type StreamChunk } from './stream-chunk.js';
import type { RunWatch } from './stream-end.js';

const accepts = {
  ndjson: 'application/x-ndjson, application/json',
  sse: 'text/event-stream, application/json',
} as const;

/** Streams runs over HTTP, one request for each round of remote tools. */
export function streamOverHttp(
  exchange: Exchange,
  rounds: ToolRounds,
  body: RunBody,
  options: HttpStreamOptions & { readonly idleTimeout: number },
): RunSource {
  return async function* chunks(own, watch) {
    const { signal, release } = joinSignals(own, options.signal);
    try {
      for (let asked = body; ; ) {
        watch.begin();
        const outgoing = {
          ...{ method: 'POST', path: '/v1/graph/stream', body: asked, isRepeatable: false, isLasting: true },
          accept: accepts[options.framing ?? 'ndjson'],
        };
        const answer = await exchange.open(outgoing, { ...options, signal });
        for await (const chunk of readAnswer(answer, watch, options.idleTimeout)) {
          rounds.see(chunk.message);
          yield chunk;
        }
        const goesOn = rounds.isAsked && watch.error === undefined;
        if (!goesOn || rounds.isOver(watch.rounds)) return watch.end(goesOn);
        asked = writeFollowUp(asked, await rounds.answer(watch.threadId, signal), watch.threadId);
      }
    } finally {
      release();
    }
  };
}

/** The chunks of one answer. @throws {AgentFlowError} if it ends before the run has said how it ended */
async function* readAnswer(
  answer: OpenAnswer,
  watch: RunWatch,
  idleTimeout: number,
): AsyncGenerator<StreamChunk, void, undefined> {
  const { response, deadline } = answer;
  const body = response.body;
  if (body === null || /html/i.test(response.headers.get('content-type') ?? '')) {
    deadline.clear();
    body?.cancel().catch(() => {});
    const message = 'The answer is no stream: is this the address of the server itself?';
    throw new ProtocolError(message, { code: 'MALFORMED_STREAM', status: response.status });
  }
  const source = body.getReader();
  const reader = createChunkReader();
  const silence = `The stream was silent for ${idleTimeout} ms`;
  try {
    for (let done = false; !done; deadline.restart(idleTimeout, silence)) {
      const part = await nextPart(source, answer, watch);
      // While the reader is busy with a chunk, nobody waits for the server.
      deadline.restart(0, '');
      done = part === undefined;
      for (const wire of part === undefined ? reader.end() : reader.push(part)) {
        const chunk = readChunk(wire);
        watch.see(chunk);
        yield chunk;
      }
    }
    if (!watch.hasEnded) throw brokenStream(response);
  } finally {
    deadline.clear();
    // Also ends the connection, where the reader has left before the end. Nobody waits for a body that does not let go.
    source.cancel().catch(() => {});
  }
}

/** Bytes; undefined at the end. What breaks after the run has told its end is of no matter. */
async function nextPart(
  source: ReadableStreamDefaultReader<Uint8Array>,
  { response, deadline }: OpenAnswer,
  watch: RunWatch,
): Promise<Uint8Array | undefined> {
  try {
    return (await deadline.race(source.read())).value;
  } catch (error) {
    if (deadline.failure !== undefined) throw deadline.failure;
    if (watch.hasEnded) return undefined;
    throw brokenStream(response, error);
  }
}

function brokenStream(response: Response, cause?: unknown): AgentFlowError {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const facts = { code: 'STREAM_CUT_OFF', status: 0, requestId, cause };
  return new NetworkError('The stream broke off before the run had ended.', facts);
}
