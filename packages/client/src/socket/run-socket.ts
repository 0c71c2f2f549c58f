import type { AgentFlowError } from '../errors/agentflow-error.js';
import { createError, errorFromChunk, statusOf } from '../errors/create-error.js';
import { NetworkError, ProtocolError } from '../errors/error-classes.js';
import { isObject } from '../json.js';
import { readChunk, type StreamChunk } from '../stream/stream-chunk.js';
import { type ShownCredential, subProtocolsOf } from './socket-credential.js';
import type { SocketEvent, WebSocketConstructor, WebSocketLike } from './web-socket.js';

interface PendingAuthentication {
  readonly resolve: (expiresAt: string | null) => void;
  readonly reject: (error: Error) => void;
}

/** One open socket: frames in the order in which they arrived, and answers to fresh credentials apart from them. */
export class RunSocket {
  readonly #socket: WebSocketLike;
  readonly #frames: StreamChunk[] = [];
  readonly #pending: PendingAuthentication[] = [];
  #failure: AgentFlowError | undefined;
  #wake: () => void = () => {};

  private constructor(socket: WebSocketLike) {
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#arrive(data));
    socket.addEventListener('close', (event) => this.#fail(closeError(event)));
  }

  /**
   * Connects.
   * @throws {NetworkError} `SOCKET_REFUSED`: why, no WebSocket tells
   */
  static open(
    Socket: WebSocketConstructor,
    url: string,
    shown: ShownCredential,
    signal: AbortSignal,
  ): Promise<RunSocket> {
    return new Promise((resolve, reject) => {
      const socket = new Socket(url, subProtocolsOf(shown));
      const opened = new RunSocket(socket);
      const abort = () => {
        socket.close(1000);
        reject(signal.reason);
      };
      const refuse = () => {
        signal.removeEventListener('abort', abort);
        reject(new NetworkError('WebSocket connection failed', { code: 'SOCKET_REFUSED', endpoint: '/v1/graph/ws' }));
      };
      signal.addEventListener('abort', abort, { once: true });
      socket.addEventListener('error', refuse);
      socket.addEventListener('close', refuse);
      socket.addEventListener('open', () => {
        signal.removeEventListener('abort', abort);
        resolve(opened);
      });
    });
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** The next frame. @throws {AgentFlowError} where there will be none */
  async next(): Promise<StreamChunk> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /**
   * Shows a fresh credential for the same principal. Resolves with when it ends: RFC 3339, or null.
   * @throws {AgentFlowError} if it is refused; the socket stays as it was
   */
  authenticate(shown: ShownCredential): Promise<string | null> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.send({ type: 'authenticate', ...shown });
    });
  }

  close(): void {
    this.#socket.close(1000);
  }

  #arrive(data: unknown): void {
    const frame = parseFrame(data);
    if (frame === undefined) {
      this.#fail(new ProtocolError('The socket holds what is no chunk.', { code: 'MALFORMED_STREAM' }));
      this.#socket.close(1000);
      return;
    }
    const [asked] = this.#pending;
    // What a run tells has its id; an answer to a credential has none.
    const isAnswer = asked !== undefined && !frame.run_id;
    if (isAnswer && frame.event === 'updates' && frame.data['status'] === 'authenticated') {
      this.#pending.shift();
      const { expires_at: expiresAt } = frame.data;
      asked.resolve(typeof expiresAt === 'string' ? expiresAt : null);
    } else if (isAnswer && frame.event === 'error') {
      this.#pending.shift();
      asked.reject(errorFromChunk(frame) ?? new ProtocolError('refused', { code: 'MALFORMED_STREAM' }));
    } else {
      this.#frames.push(frame);
      this.#wake();
    }
  }

  #fail(failure: AgentFlowError): void {
    this.#failure ??= failure;
    for (const { reject } of this.#pending.splice(0)) reject(this.#failure);
    this.#wake();
  }
}

function parseFrame(data: unknown): StreamChunk | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const read: unknown = JSON.parse(data);
    return isObject(read) && typeof read['event'] === 'string' ? readChunk(read) : undefined;
  } catch {
    return undefined;
  }
}

// RFC 6455 §7.4.1
const closeStatuses: Readonly<Record<number, readonly [status: number, code: string]>> = {
  1008: [401, 'AUTH_REQUIRED'],
  1009: [413, 'REQUEST_TOO_LARGE'],
  1011: [500, 'INTERNAL'],
  1013: [503, 'UNAVAILABLE'],
};

/** The error of a socket that was closed while somebody waited for a frame, and no frame said why. The reason is a code, where agentflow closes it. */
function closeError({ code, reason }: SocketEvent): AgentFlowError {
  const told = statusOf(reason);
  const why = typeof reason === 'string' && reason !== '' ? `${String(code)}, ${reason}` : String(code);
  const message = `The socket was closed (${why}) before the run had ended.`;
  const [status, name] = told === undefined ? (closeStatuses[Number(code)] ?? []) : [told, reason];
  if (status === undefined) return new NetworkError(message, { code: 'STREAM_CUT_OFF', endpoint: '/v1/graph/ws' });
  return createError(status, { code: name, message }, { endpoint: '/v1/graph/ws' });
}
