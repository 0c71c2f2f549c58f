import { connect } from 'node:net';

/** What a socket got back: as much of an answer as there was. */
export interface RawAnswer {
  /** 0 where the server closed without an answer. */
  readonly status: number;
  readonly text: string;
}

/**
 * Sends bytes as they are, which no client does for one: nothing is normalised, joined or refused on the way. Ends when the
 * server closes, or has answered and says nothing more.
 */
export function sendRaw(port: number, text: string): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    const finish = () => {
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0), text: received });
    };
    socket.setTimeout(8_000, finish);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const length = /content-length: (\d+)/i.exec(received)?.[1];
      const bodyStart = received.indexOf('\r\n\r\n') + 4;
      const isUpgraded = received.startsWith('HTTP/1.1 101') && bodyStart > 3;
      if (isUpgraded) finish();
      else if (length !== undefined && bodyStart > 3 && received.length >= bodyStart + Number(length)) finish();
    });
    socket.on('close', finish);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      /^(?:ECONNRESET|EPIPE)$/.test(error.code ?? '') ? finish() : reject(error),
    );
  });
}

/** A request's head, with the lines given and nothing else. */
export function head(method: string, target: string, lines: readonly string[] = []): string {
  return `${[`${method} ${target} HTTP/1.1`, 'Host: 127.0.0.1', ...lines].join('\r\n')}\r\n\r\n`;
}
