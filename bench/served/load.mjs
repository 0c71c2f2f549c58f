import { connect } from 'node:net';

/**
 * Asks `count` times over so many connections, each of which asks again as soon as it is answered. Its own HTTP, so that whoever asks is not slower
 * than whoever answers. Rejects at the first answer that is not 200.
 */
export function load(url, { connections, count, requestOf }) {
  const { hostname, port } = new URL(url);
  let sent = 0;
  const askOverOne = () =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: hostname, noDelay: true }).setEncoding('latin1');
      let text = '';
      const next = () => {
        text = '';
        if (sent < count) socket.write(requestOf(sent++));
        else socket.destroy();
      };
      socket.on('connect', next).on('error', reject).on('close', resolve);
      socket.on('data', (piece) => {
        text += piece;
        if (!isWhole(text)) return;
        if (text.startsWith('HTTP/1.1 200 ')) next();
        else socket.destroy(new Error(text));
      });
    });
  return Promise.all(Array.from({ length: connections }, askOverOne));
}

function isWhole(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const [, length] = /^content-length: (\d+)\r$/im.exec(text.slice(0, end + 2)) ?? [];
  return text.length >= end + 4 + Number(length);
}
