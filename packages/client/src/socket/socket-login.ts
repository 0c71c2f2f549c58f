import type { SocketTicketResponse } from '@agentflow/protocol';
import { now } from '../clock.js';
import type { CredentialSource } from '../credentials/credential-source.js';
import type { HeldCredential } from '../credentials/held-credential.js';
import { AgentFlowError } from '../errors/agentflow-error.js';
import { NetworkError, NotFoundError } from '../errors/error-classes.js';
import type { CallOptions } from '../request/call-options.js';
import type { Deadline } from '../request/deadline.js';
import type { Exchange } from '../request/exchange.js';
import { RunSocket } from './run-socket.js';
import { type SocketAuthentication, socketCredential } from './socket-credential.js';
import type { WebSocketConstructor } from './web-socket.js';

/** What a login asks of the client. */
export interface LoginParts {
  readonly Socket: WebSocketConstructor;
  /** `wss://agents.example.com` */
  readonly address: string;
  readonly exchange: Exchange;
  readonly credentials: CredentialSource;
  readonly requestTicket: (options: CallOptions) => Promise<SocketTicketResponse>;
  /** Asks who the caller is: over HTTP a refusal has a reason. */
  readonly requestMe: (options: CallOptions) => Promise<unknown>;
  readonly headers: CallOptions['headers'];
  readonly tell: (line: string) => void;
}

/** Milliseconds: with less than these left, no further try is worth it. */
const leastLeft = 250;

/** How a socket comes to be open, and stays authenticated while it is. One for each stream. */
export class SocketLogin {
  readonly #parts: LoginParts;
  #socket: RunSocket | undefined;
  #held: HeldCredential | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /** Undefined before it is open. */
  get socket(): RunSocket | undefined {
    return this.#socket;
  }

  /** @throws {AgentFlowError} */
  async open(deadline: Deadline): Promise<RunSocket> {
    try {
      this.#socket = await this.#connect(deadline);
    } catch (error) {
      throw deadline.failure ?? error;
    }
    this.#renewInTime();
    return this.#socket;
  }

  async renew(): Promise<string | null> {
    if (this.#socket === undefined || this.#held === undefined) {
      throw new NetworkError('There is no open socket.', { code: 'SOCKET_NOT_OPEN' });
    }
    await this.#parts.credentials.renew(this.#held, false);
    return this.#show(this.#socket);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  async #connect(deadline: Deadline): Promise<RunSocket> {
    const { Socket, address, credentials, requestMe, headers, tell } = this.#parts;
    const { signal } = deadline;
    for (let isSecond = false; ; isSecond = true) {
      const { shown, held } = await deadline.race(this.#authentication({ signal }));
      this.#held = held;
      try {
        return await RunSocket.open(Socket, `${address}/v1/graph/ws`, shown, signal);
      } catch (error) {
        if (signal.aborted || isSecond) throw error;
        tell('GET /v1/graph/ws: refused');
        // A refused handshake has no reason; the same credential over HTTP has, and is renewed there if that helps.
        await requestMe({ signal, headers }).catch((reason: unknown) => {
          throw reason instanceof AgentFlowError && !(reason instanceof NotFoundError) ? reason : error;
        });
        if ((await credentials.current()) === held) throw error;
      }
    }
  }

  async #authentication(options: CallOptions): Promise<SocketAuthentication> {
    const { exchange, credentials, requestTicket } = this.#parts;
    const call = { ...options, headers: this.#parts.headers };
    const { headers, held } = await exchange.headers(call);
    const credential = socketCredential(headers);
    if (credential.kind === 'token') return { shown: { token: credential.token }, held };
    if (credential.kind === 'none') return { shown: {}, held };
    const { ticket } = await requestTicket(call);
    // It may have been renewed on the way.
    return { shown: { ticket }, held: await credentials.current() };
  }

  async #show(socket: RunSocket): Promise<string | null> {
    const { shown, held } = await this.#authentication({});
    const expiresAt = await socket.authenticate(shown);
    this.#held = held;
    this.#renewInTime();
    return expiresAt;
  }

  /** A quarter of its time before the credential ends, half a minute at most, another one is asked for and shown. */
  #renewInTime(): void {
    clearTimeout(this.#timer);
    const { credentials, tell } = this.#parts;
    const left = (this.#held?.expiresAt ?? Number.NaN) - now();
    if (!credentials.canRenew || !(left > leastLeft)) return;
    const delay = Math.min(left - Math.min(30_000, left / 4), 2 ** 31 - 1);
    this.#timer = setTimeout(() => {
      this.#renewIfOther().catch((error: unknown) => {
        tell(`the socket keeps its credential: ${String(error)}`);
        // In the time that is left. After that, the run goes on until the server ends it, and says why.
        this.#renewInTime();
      });
    }, delay);
  }

  async #renewIfOther(): Promise<void> {
    const { credentials } = this.#parts;
    if (this.#socket === undefined || this.#held === undefined) return;
    if ((await credentials.renew(this.#held, false)) !== this.#held) await this.#show(this.#socket);
  }
}
