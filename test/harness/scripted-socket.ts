import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerJson } from './scripted-server.js';

/** An upgrade that was asked for. */
export interface SeenUpgrade {
  readonly path: string;
  readonly protocols: readonly string[];
}

/** What a socket's client has sent, and how to answer it. */
export interface SocketTurn {
  readonly frame: Readonly<Record<string, unknown>>;
  /** How many frames there were before this one. */
  readonly index: number;
  readonly socket: WebSocket;
  /** Sends a chunk; parts that are absent are null. */
  readonly tell: (chunk: object) => void;
}

/** A server of sockets that answers as a test says. */
export interface ScriptedSockets {
  readonly url: string;
  readonly upgrades: readonly SeenUpgrade[];
  /** Every frame of every socket, in the order of their arrival. */
  readonly frames: readonly Readonly<Record<string, unknown>>[];
  /** The `Authorization` or `X-API-Key` of every HTTP request, with its path. */
  readonly requests: readonly string[];
  /** Whether a socket is open. */
  readonly isOpen: boolean;
  /** Which credentials are good: those of sub-protocols, and of HTTP. Every one, where it is not said. */
  accept(isGood: (credential: string) => boolean): void;
  script(script: (turn: SocketTurn) => unknown): void;
}

const absent = { message: null, state: null, data: {}, thread_id: null, run_id: null, metadata: {}, timestamp: 1 };

export function serveSockets(): ScriptedSockets {
  const upgrades: SeenUpgrade[] = [];
  const frames: Readonly<Record<string, unknown>>[] = [];
  const requests: string[] = [];
  let isGood = (_credential: string) => true;
  let current: (turn: SocketTurn) => unknown = () => {};
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  const server = createServer((request, response) => {
    const credential = String(request.headers.authorization ?? request.headers['x-api-key'] ?? '');
    requests.push(`${request.url} ${credential}`);
    if (!isGood(credential)) answerJson(response, 401, { detail: 'Unauthorized', code: 'TOKEN_EXPIRED' });
    else if (request.url === '/v1/auth/ws-ticket') answerJson(response, 200, { ticket: `ticket-${requests.length}` });
    else answerJson(response, 200, {});
  });
  server.on('upgrade', (request: IncomingMessage, stream, head) => {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    upgrades.push({ path: request.url ?? '', protocols: protocols.filter((name) => name !== '') });
    if (!isGood(protocols[1] ?? '')) {
      stream.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const tell = (chunk: object) => socket.send(JSON.stringify({ event: 'updates', ...absent, ...chunk }));
      socket.on('message', (data) => {
        const frame = JSON.parse((data as Buffer).toString());
        const index = frames.push(frame) - 1;
        current({ frame, index, socket, tell });
      });
    });
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  beforeEach(() => {
    for (const list of [upgrades, frames, requests]) list.length = 0;
    isGood = () => true;
    for (const socket of sockets.clients) socket.terminate();
  });
  afterAll(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return {
    ...{ upgrades, frames, requests },
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    get isOpen() {
      return sockets.clients.size > 0;
    },
    accept(good) {
      isGood = good;
    },
    script(script) {
      current = script;
    },
  };
}
