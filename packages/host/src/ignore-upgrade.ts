import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Whether a request asks for a WebSocket. HTTP/1.0 can ask for nothing of the kind (RFC 9110 §7.8). */
export function asksForWebSocket({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === '1.1' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * An upgrade to what is not spoken here is ignored (RFC 9110 §7.8), as by a server that speaks none: some clients ask for HTTP/2 with
 * every first request. Node has given the connection away with it, and takes it back where the same request comes without it.
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = '', url = '', httpVersion } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`, ...fieldsWithoutUpgrade(request.rawHeaders)];
  // Node's parser lets none of these through; here one would part a request in two.
  if (lines.some((line) => /[\r\n\0]/.test(line))) {
    socket.destroy();
    return;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

const hopByHop = new Set(['upgrade', 'http2-settings']);

function fieldsWithoutUpgrade(rawHeaders: readonly string[]): readonly string[] {
  const fields: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (hopByHop.has(name.toLowerCase())) continue;
    const kept = name.toLowerCase() === 'connection' ? withoutUpgrade(value) : value;
    fields.push(`${name}: ${kept}`);
  }
  return fields;
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => !hopByHop.has(option.toLowerCase())).join(', ');
}
