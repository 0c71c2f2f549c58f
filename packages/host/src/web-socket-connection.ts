import type { Socket } from 'node:net';
import { type ReceivedFrame, RequestError, type SocketConnection } from '@agentflow/core';
import type { WebSocket } from 'ws';

/** What may wait for a client before whoever sends waits too. */
const roomBytes = 64 * 1024;

/** What may wait for a client before no more is read of it either: whoever asks and does not read is answered no faster. */
const unreadBytes = 256 * 1024;

/** How long a client may take to say goodbye too. */
const goodbyeMilliseconds = 2_000;

/**
 * An accepted WebSocket. Frames are read when they are asked for; a client that answers no ping in time is gone, unless it still takes
 * what was sent, bit by bit. One that takes nothing of what waits for it is too slow.
 */
export function connectWebSocket(socket: WebSocket, transport: Socket, pingMilliseconds: number): SocketConnection {
  const received: ReceivedFrame[] = [];
  let onChange: () => void = () => undefined;
  let closing: { readonly code: number } | undefined;
  let fault: Error | undefined;
  let written = Promise.resolve();
  const stopWatching = watchPulse(socket, transport, pingMilliseconds, (error) => {
    fault = error;
    onChange();
  });
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    received.push(isBinary ? { kind: 'binary' } : { kind: 'text', text: data.toString() });
    socket.pause();
    onChange();
  });
  socket.on('close', (code: number) => {
    stopWatching();
    closing = { code };
    onChange();
  });
  // It closes by itself, with the code of what was wrong: too large, not UTF-8, not a frame.
  socket.on('error', () => undefined);

  async function* frames(): AsyncGenerator<ReceivedFrame, void, undefined> {
    for (;;) {
      const next = received.shift();
      if (fault !== undefined) throw fault;
      if (closing !== undefined) return;
      if (next !== undefined) {
        if (socket.bufferedAmount > unreadBytes) await written;
        yield next;
        continue;
      }
      await new Promise<void>((resolve) => {
        onChange = resolve;
        socket.resume();
      });
    }
  }

  return {
    frames: frames(),
    send(text) {
      if (socket.readyState !== socket.OPEN) return undefined;
      written = new Promise<void>((resolve) => socket.send(text, () => resolve()));
      return socket.bufferedAmount > roomBytes ? written : undefined;
    },
    close(code, reason) {
      socket.resume();
      socket.close(code, reason);
      setTimeout(() => socket.terminate(), goodbyeMilliseconds).unref();
    },
    closing: () => closing,
  };
}

/** Asks again and again whether the client is there; `onFault` is told once that it is, and reads nothing. */
function watchPulse(
  socket: WebSocket,
  transport: Socket,
  pingMilliseconds: number,
  onFault: (error: Error) => void,
): () => void {
  let isAnswered = true;
  let taken = 0;
  const timer = setInterval(() => {
    const takenNow = transport.bytesWritten - transport.writableLength;
    const isBehind = socket.bufferedAmount > 0;
    // Its ping may still wait behind what it has not read.
    const isReading = isBehind && takenNow > taken;
    taken = takenNow;
    if (!isAnswered && !isReading) {
      clearInterval(timer);
      if (isBehind) onFault(new RequestError('READER_TOO_SLOW'));
      // Nobody is there who could read a goodbye.
      setTimeout(() => socket.terminate(), goodbyeMilliseconds).unref();
      return;
    }
    if (isAnswered) socket.ping();
    isAnswered = false;
  }, pingMilliseconds);
  socket.on('pong', () => {
    isAnswered = true;
  });
  return () => clearInterval(timer);
}
