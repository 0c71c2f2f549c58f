import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Conversation, Log, OutgoingResponse, SocketConnection } from '@agentflow/core';
import { WebSocketServer } from 'ws';
import { toIncomingRequest } from './application.js';
import { isLingering } from './close-gently.js';
import { asksForWebSocket, ignoreUpgrade } from './ignore-upgrade.js';
import type { InFlight } from './in-flight.js';
import type { Succession } from './succession.js';
import { isAnswerPending } from './unanswered.js';
import { connectWebSocket } from './web-socket-connection.js';

export interface UpgradeParts {
  readonly succession: Succession;
  readonly inFlight: InFlight;
  readonly log: Log;
}

/** The sockets that are open. */
export interface Upgrades {
  /** Ends each as soon as no run goes on there. */
  retire(): void;
}

/** How long a client may take to hang up once it was refused. */
const hangUpMilliseconds = 2_000;

/**
 * Lets the pipeline decide about every WebSocket before it is accepted: whoever is refused is answered by HTTP, as on any other
 * request. What holds the snapshot is the handshake alone; on the open socket every frame is asked about by what is in force then.
 */
export function acceptUpgrades(server: Server, { succession, inFlight, log }: UpgradeParts): Upgrades {
  const open = new Set<Conversation>();

  async function handshake(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const going = inFlight.begin();
    const leave = () => going.leave();
    socket.once('close', leave);
    const held = succession.hold();
    try {
      const incoming = { ...toIncomingRequest(request, going), transport: 'websocket' as const, body: once(head) };
      const response = await held.pipeline(incoming, succession);
      held.release();
      // From here on it is the conversation that knows when the client has left.
      socket.off('close', leave);
      const { conversation } = response;
      if (conversation === undefined) refuse(request, socket, response);
      else await converse(conversation, accept(request, socket, head, response));
    } finally {
      held.release();
      going.done();
    }
  }

  async function converse(conversation: Conversation, connection: SocketConnection | undefined): Promise<void> {
    open.add(conversation);
    if (inFlight.isEnding) conversation.retire();
    await conversation.hold(connection);
    open.delete(conversation);
  }

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // Node gives the connection away although an answer is still to be written to it: that would come into the frames, or be lost.
    if (isAnswerPending(socket) || isLingering(socket)) {
      log.warn(
        { address: socket.remoteAddress },
        'an upgrade was asked for before an earlier request was answered: the connection was closed',
      );
      socket.destroy();
      return;
    }
    if (!asksForWebSocket(request)) {
      ignoreUpgrade(server, request, socket, head);
      return;
    }
    socket.on('error', () => socket.destroy());
    handshake(request, socket, head).catch((error: unknown) => {
      log.error({ error }, 'a WebSocket could not be opened');
      socket.destroy();
    });
  });
  return {
    retire() {
      for (const conversation of open) conversation.retire();
    },
  };
}

/** Undefined where the client has left meanwhile. */
function accept(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  { conversation, headers }: OutgoingResponse,
): SocketConnection | undefined {
  if (conversation === undefined) return undefined;
  const { protocol, maxFrameBytes, pingMilliseconds } = conversation;
  const sockets = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, maxPayload: maxFrameBytes },
    // Compressed, little could unfold to much, and what is secret beside what is chosen could be guessed by its length.
    perMessageDeflate: false,
    handleProtocols: () => protocol ?? false,
  });
  sockets.on('headers', (lines) => {
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${String(value)}`);
  });
  let connection: SocketConnection | undefined;
  sockets.handleUpgrade(request, socket, head, (accepted) => {
    connection = connectWebSocket(accepted, socket, pingMilliseconds);
  });
  return connection;
}

/** An ordinary answer; the connection takes no other request. */
function refuse(request: IncomingMessage, socket: Socket, { status, headers, body }: OutgoingResponse): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body, () => socket.end());
  setTimeout(() => socket.destroy(), hangUpMilliseconds).unref();
}

/** What came with the handshake, and should not have. */
async function* once(head: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
}
