import { NetworkError } from '../errors/error-classes.js';
import { Deadline } from '../request/deadline.js';
import { type RunBody, type StreamOptions, writeFollowUp } from '../run-options.js';
import { joinSignals } from '../stream/join-signals.js';
import { RunStream } from '../stream/run-stream.js';
import type { StreamChunk } from '../stream/stream-chunk.js';
import type { RunWatch, StreamEnd } from '../stream/stream-end.js';
import type { ToolRounds } from '../tools/tool-rounds.js';
import type { RunSocket } from './run-socket.js';
import type { SocketLogin } from './socket-login.js';

export interface SocketRunOptions extends StreamOptions {
  readonly timeout: number;
  readonly idleTimeout: number;
}

/** The chunks of a run over a WebSocket. Beside what a stream has, it can be stopped, and shown a fresh credential. */
export class SocketRunStream extends RunStream {
  readonly #login: SocketLogin;

  constructor(login: SocketLogin, rounds: ToolRounds, body: RunBody, options: SocketRunOptions) {
    super((signal, watch) => streamOverSocket(login, rounds, body, options, signal, watch));
    this.#login = login;
  }

  /**
   * Asks for a fresh credential and shows it on the open socket, which then lives as long as that. By itself this is done shortly before
   * the credential ends, where a function gives it and it says when. Resolves with when the new one ends: RFC 3339, or null.
   * @throws {AgentFlowError} if it is refused; the run goes on as it was
   */
  reauthenticate(): Promise<string | null> {
    return this.#login.renew();
  }

  /** Asks the server to end the run, which then tells its end as `stopped`. */
  stop(): void {
    this.#login.socket?.send({ type: 'stop' });
  }
}

async function* streamOverSocket(
  login: SocketLogin,
  rounds: ToolRounds,
  body: RunBody,
  options: SocketRunOptions,
  own: AbortSignal,
  watch: RunWatch,
): AsyncGenerator<StreamChunk, StreamEnd, undefined> {
  const { signal, release } = joinSignals(own, options.signal);
  const deadline = new Deadline(options.timeout, signal);
  try {
    const socket = await login.open(deadline);
    for (let asked = body; ; ) {
      watch.begin();
      socket.send(toFrame(asked, watch.rounds));
      for await (const chunk of readRun(socket, watch, deadline, options.idleTimeout)) {
        rounds.see(chunk.message);
        yield chunk;
      }
      const goesOn = rounds.isAsked && watch.error === undefined;
      if (!goesOn || rounds.isOver(watch.rounds)) return watch.end(goesOn);
      deadline.restart(0, '');
      asked = writeFollowUp(asked, await rounds.answer(watch.threadId, signal), watch.threadId);
      deadline.restart(options.timeout, `Request timeout after ${options.timeout}ms`);
    }
  } finally {
    deadline.clear();
    release();
    login.close();
  }
}

/** The frames of one run. The server tells by `done` that it is over, also after an error; what follows an error is of no matter. */
async function* readRun(
  socket: RunSocket,
  watch: RunWatch,
  deadline: Deadline,
  idleTimeout: number,
): AsyncGenerator<StreamChunk, void, undefined> {
  for (;;) {
    const chunk = await nextFrame(socket, deadline);
    deadline.restart(0, '');
    if (chunk.event === 'updates' && chunk.data['status'] === 'done') break;
    watch.see(chunk);
    yield chunk;
    if (watch.error !== undefined) return;
    deadline.restart(idleTimeout, `The stream was silent for ${idleTimeout} ms`);
  }
  if (!watch.hasEnded) throw new NetworkError('The socket ended the run without its end.', { code: 'STREAM_CUT_OFF' });
}

async function nextFrame(socket: RunSocket, deadline: Deadline): Promise<StreamChunk> {
  try {
    return await deadline.race(socket.next());
  } catch (error) {
    throw deadline.failure ?? error;
  }
}

/** Contract 1.4: a run begins as `fresh`, and goes on as `resume` with what tools have answered, or with an interrupt's answer. */
function toFrame({ messages, ...body }: RunBody, round: number): object {
  if (round > 1) return { invoke_type: 'resume', ...body, tool_result: messages };
  return messages === undefined ? { invoke_type: 'resume', ...body } : { invoke_type: 'fresh', ...body, messages };
}
