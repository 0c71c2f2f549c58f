import { setTimeout as sleep } from 'node:timers/promises';
import { RequestError, UnauthenticatedError, UnavailableError } from '../../errors.js';
import type { AccessRequest } from '../authorize/authorize.js';
import { type AccessLease, openAccessLease } from '../lease/access-lease.js';
import { TooManyRunsError } from '../limit/open-runs.js';
import { beginFrame, type FrameParts, refuseFrame, routeNamed } from './answer-frame.js';
import type { ReceivedFrame, SocketConnection } from './connection.js';
import { type PresentParts, presentAnother } from './present-another.js';
import { type ClientFrame, readFrame } from './read-frame.js';
import { type RunningFrame, runFrame } from './run-frame.js';
import { closeCodeOf, errorText, toKnownError } from './socket-texts.js';
import { stopRunning } from './stop-running.js';

export interface TalkParts extends Omit<FrameParts, 'connection'>, PresentParts {
  /** What the socket goes on by. */
  readonly access: AccessRequest;
  /** Without a run and without a word of the client's. */
  readonly idleMilliseconds: number;
}

/** So many frames that nobody can understand, one after another, are no mistake. */
const maxBadFrames = 16;

/** How long a run may take to say why it ends, before the socket says it. */
const lastWordsMilliseconds = 300;

/** What is said on one open socket, from its opening to its end: run after run, one at a time. */
export class Talk {
  readonly #parts: TalkParts;
  readonly #frames: FrameParts;
  readonly #connection: SocketConnection;
  readonly #lease: AccessLease;
  /** All that it has begun, and that has not ended. */
  readonly #going = new Set<Promise<unknown>>();
  #running: RunningFrame | undefined;
  #badFrames = 0;
  #isEnding = false;
  #isRetired = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(parts: TalkParts, connection: SocketConnection) {
    const { presented, access, inForce, recheckMilliseconds, audit } = parts;
    this.#parts = parts;
    this.#frames = { ...parts, connection };
    this.#connection = connection;
    this.#lease = openAccessLease({ presented, access, inForce, recheckMilliseconds, log: audit.log });
  }

  /** Until either side has ended it. What it has begun may go on after it: {@link settled}. */
  async hold(): Promise<void> {
    const { serverEnd } = this.#parts.socket.incoming;
    for (const signal of [this.#lease.signal, serverEnd]) {
      signal.addEventListener('abort', () => void this.#end(toKnownError(signal.reason)), { once: true });
      if (signal.aborted) void this.#end(toKnownError(signal.reason));
    }
    this.#watchIdle();
    try {
      for await (const frame of this.#connection.frames) await this.#take(frame);
    } catch (error) {
      await this.#end(toKnownError(error));
    } finally {
      this.#isEnding = true;
      clearTimeout(this.#idle);
      this.#lease.release();
      this.#running?.leave();
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#going);
  }

  retire(): void {
    this.#isRetired = true;
    if (this.#running === undefined) void this.#end(serverEnds());
  }

  async #take(received: ReceivedFrame): Promise<void> {
    if (this.#isEnding) return;
    clearTimeout(this.#idle);
    if (received.kind === 'binary') {
      this.#isEnding = true;
      this.#connection.close(1003, 'texts alone are understood');
      return;
    }
    let frame: ClientFrame;
    try {
      frame = readFrame(received.text);
    } catch (error) {
      const { record } = beginFrame('bad', routeNamed('openSocket'), this.#frames);
      this.#count(refuseFrame(record, error, this.#frames));
      this.#watchIdle();
      return;
    }
    if (frame.kind === 'run') this.#run(frame);
    else if (frame.kind === 'stop') await this.#stop();
    else this.#count(await presentAnother(frame, this.#lease, this.#frames, this.#parts));
    this.#watchIdle();
  }

  #run(frame: ClientFrame & { readonly kind: 'run' }): void {
    if (this.#running !== undefined) {
      const { record } = beginFrame('run', routeNamed('streamGraph'), this.#frames);
      const busy = new RequestError('CONFLICT', { message: 'A run goes on on this socket: one at a time.' });
      this.#count(refuseFrame(record, busy, this.#frames));
      return;
    }
    const running = runFrame(frame, this.#frames);
    this.#running = running;
    this.#going.add(running.settled);
    void running.settled.then(() => this.#going.delete(running.settled));
    void running.told.then((error) => this.#afterRun(error));
  }

  #afterRun(error: RequestError | undefined): void {
    this.#running = undefined;
    this.#count(error);
    // Whom nobody knows any more, or who does not read, is told nothing else either.
    if (error instanceof UnauthenticatedError || error?.code === 'READER_TOO_SLOW') void this.#end(error, true);
    else if (this.#isRetired) void this.#end(serverEnds());
    this.#watchIdle();
  }

  async #stop(): Promise<void> {
    this.#count(await stopRunning(this.#running, this.#frames));
  }

  /** Mistakes happen; nothing but mistakes is something else. */
  #count(error: RequestError | undefined): void {
    // Whoever comes again when they were told to makes none.
    if (error instanceof TooManyRunsError) return;
    this.#badFrames = error !== undefined && error.status < 500 ? this.#badFrames + 1 : 0;
    if (this.#badFrames < maxBadFrames) return;
    void this.#end(new RequestError('BAD_REQUEST', { message: 'Too many frames in a row were refused.' }));
  }

  #watchIdle(): void {
    clearTimeout(this.#idle);
    const { idleMilliseconds } = this.#parts;
    if (this.#isEnding || this.#running !== undefined || idleMilliseconds === 0) return;
    this.#idle = setTimeout(() => {
      this.#isEnding = true;
      this.#connection.close(1000, 'idle');
    }, idleMilliseconds);
  }

  /** The right to the socket has ended, or the server: the run that goes on ends, and the client is told why. */
  async #end(why: RequestError, isTold = false): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { socket, audit } = this.#parts;
    socket.error = why;
    const running = this.#running;
    if (isClientsFault(why)) running?.leave();
    else running?.end(why);
    const told = await Promise.race([running?.told, sleep(lastWordsMilliseconds, undefined, { ref: false })]);
    if (!isTold && told === undefined) void this.#connection.send(errorText(why, socket.id, audit.clock));
    this.#connection.close(closeCodeOf(why), why.code);
  }
}

/** Whom nobody can talk with has left: their run may be one that goes on without them. */
function isClientsFault({ code }: RequestError): boolean {
  return code === 'READER_TOO_SLOW' || code === 'BAD_REQUEST';
}

function serverEnds(): UnavailableError {
  return new UnavailableError({ reason: 'the server ends', message: 'The server is shutting down.' });
}
