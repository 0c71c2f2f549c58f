import type { IncomingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';

/** What a server says on a socket. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into frames whose shape it checks by looking
export type Frame = any; // oxlint-disable-line typescript/no-explicit-any

export interface OpenOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** After the path. */
  readonly query?: string;
  readonly path?: string;
}

/** An open socket, and all that has come on it. */
export interface OpenedSocket {
  readonly socket: WebSocket;
  /** Of the answer that accepted it. */
  readonly headers: IncomingHttpHeaders;
  readonly frames: readonly Frame[];
  send(frame: unknown): void;
  /** The first frame, of those from `from` on, for which this holds; rejects if the socket closes before. */
  find(matches: (frame: Frame) => boolean, from?: number): Promise<Frame>;
  /** All frames of the run that this starts, to its `done`. */
  run(frame: unknown): Promise<readonly Frame[]>;
  /** How it was closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): Promise<{ readonly code: number; readonly reason: string }>;
}

/** A handshake that was answered by HTTP. */
export interface Refusal {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any; // oxlint-disable-line typescript/no-explicit-any
}

export const isDone = (frame: Frame) => frame.data?.status === 'done';
export const isError = (frame: Frame) => frame.event === 'error';

function connect(url: string, { protocols = [], headers = {}, query = '', path = '/v1/graph/ws' }: OpenOptions) {
  return new WebSocket(`${url.replace(/^http/, 'ws')}${path}${query}`, [...protocols], { headers });
}

/** A real client's socket; rejects with what the server answered, where it does not open. */
export function openSocket(url: string, options: OpenOptions = {}): Promise<OpenedSocket> {
  const socket = connect(url, options);
  const frames: Frame[] = [];
  const watchers = new Set<() => void>();
  const look = () => {
    for (const watch of watchers) watch();
  };
  let ended: { code: number; reason: string } | undefined;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      ended = { code, reason: reason.toString() };
      resolve(ended);
      look();
    });
  });
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()));
    look();
  });
  const find: OpenedSocket['find'] = (matches, from = 0) =>
    new Promise((resolve, reject) => {
      const watch = () => {
        const found = frames.slice(from).find(matches);
        if (found === undefined && ended === undefined) return;
        watchers.delete(watch);
        if (found === undefined) reject(new Error(`closed ${JSON.stringify(ended)} after ${JSON.stringify(frames)}`));
        else resolve(found);
      };
      watchers.add(watch);
      watch();
    });
  const send = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders = {};
    socket.on('upgrade', (response) => {
      headers = response.headers;
    });
    socket.on('open', () =>
      resolve({
        ...{ socket, headers, frames, closed, find, send },
        async run(frame) {
          const from = frames.length;
          send(frame);
          await find(isDone, from);
          return frames.slice(from);
        },
        close() {
          socket.close(1000);
          return closed;
        },
      }),
    );
    socket.on('unexpected-response', (_request, response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => reject(new RefusedHandshake(response.statusCode ?? 0, response.headers, text)));
    });
    socket.on('error', reject);
  });
}

class RefusedHandshake extends Error implements Refusal {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Refusal['body'];
  constructor(status: number, headers: IncomingHttpHeaders, text: string) {
    super(`the handshake was answered with ${status}: ${text}`);
    this.status = status;
    this.headers = headers;
    this.body = text === '' ? undefined : JSON.parse(text);
  }
}

/** What a handshake was answered with that must not open a socket. */
export async function refusedSocket(url: string, options: OpenOptions = {}): Promise<Refusal> {
  try {
    const opened = await openSocket(url, options);
    await opened.close();
  } catch (error) {
    if (error instanceof RefusedHandshake) return error;
    throw error;
  }
  throw new Error('the socket was opened');
}

export const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

/** A frame that says one thing. */
export function sayFrame(text: string, threadId?: string, more: object = {}): object {
  return {
    invoke_type: 'fresh',
    messages: [{ role: 'user', content: text }],
    config: { ...(threadId !== undefined && { thread_id: threadId }) },
    ...more,
  };
}
