import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Has a server listen on loopback, at a port to which it can come back after it was away: none of those that the system gives away by itself
 * (from 32768 on, or from 49152), or another server or a connection could have it by then.
 */
export async function listenToComeBack(server: Server): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (await isTaken(server, port)) continue;
    return port;
  }
}

function isTaken(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(true) : reject(error));
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fail);
      resolve(false);
    });
  });
}

/** One that nobody listens on, on loopback, at the moment, and that the system gives to nobody. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenToComeBack(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
