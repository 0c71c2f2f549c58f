import type { Route } from '@agentflow/protocol';
import { ClientLeftError, type RequestError } from '../../errors.js';
import { followStream } from '../audit/follow-stream.js';
import type { Outcome } from '../handle/outcome.js';
import { answerFrame, beginFrame, type FrameParts, refuseFrame, routeNamed } from './answer-frame.js';
import type { ClientFrame } from './read-frame.js';
import { doneText, isBadFrame, toKnownError } from './socket-texts.js';

/** A run that goes on on a socket. */
export interface RunningFrame {
  /** Undefined until it has begun. */
  threadId(): string | undefined;
  readonly end: (reason: Error) => void;
  readonly leave: () => void;
  /** Resolves when nothing more is told of it, with the error that it ended by, if it did: of that the client was told. */
  readonly told: Promise<RequestError | undefined>;
  /** Resolves when it has ended, which may be after its reader has gone. */
  readonly settled: Promise<void>;
}

type StreamOutcome = Outcome & { readonly kind: 'stream' };

/** Begins a run; whatever becomes of it, the client is told. */
export function runFrame(frame: ClientFrame & { readonly kind: 'run' }, parts: FrameParts): RunningFrame {
  const { connection, audit } = parts;
  const begun = beginFrame('run', frame.isResume ? onNamedThread : freely, parts);
  const { record } = begun;
  let threadId: string | undefined;
  let finish: (error: RequestError | undefined) => void = () => undefined;
  const told = new Promise<RequestError | undefined>((resolve) => {
    finish = resolve;
  });

  async function tell(outcome: Outcome): Promise<void> {
    if (outcome.kind !== 'stream') throw new Error('a run on a socket is no stream');
    const { chunks, failure, settled } = outcome;
    const { body } = followStream({ status: 200, headers: {}, body: textsOf(chunks), failure }, record, audit);
    for await (const json of body as AsyncIterable<string>) {
      threadId ??= (JSON.parse(json) as { thread_id: string }).thread_id;
      await connection.send(json);
      if (record.incoming.signal.reason instanceof ClientLeftError) break;
    }
    void connection.send(doneText);
    const error = failure();
    finish(error === undefined ? undefined : toKnownError(error));
    // A run may outlive its reader; what it began on is held until then.
    await settled;
  }

  function refuse(error: unknown): void {
    const known = refuseFrame(record, error, parts);
    if (!isBadFrame(known)) void connection.send(doneText);
    finish(known);
  }

  const settled = answerFrame(begun, frame.body, parts, tell).catch(refuse);
  return { threadId: () => threadId, end: begun.end, leave: begun.leave, told, settled };
}

const freely = routeNamed('streamGraph');

/** What goes on must say where. */
const onNamedThread: Route = {
  ...freely,
  requires: { resource: 'graph', action: 'stream', id: 'body:thread_id' },
};

async function* textsOf(chunks: StreamOutcome['chunks']): AsyncGenerator<string, void, undefined> {
  for await (const { json } of chunks) yield json;
}
