import { createServer } from 'node:http';

/*
 * Stands in for an identity provider: POST /verify {"token": "…"} answers who it belongs to, or 401. A real one has issued
 * its tokens after a login; here there are two.
 */

const users = new Map([
  ['alices-token', { user_id: 'alice', role: 'admin', email: 'alice@example.com' }],
  ['bobs-token', { user_id: 'bob', role: 'user', email: 'bob@example.com' }],
]);

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const user = request.url === '/verify' ? users.get(readToken(body)) : undefined;
    response.writeHead(user === undefined ? 401 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(user ?? {}));
  });
});

function readToken(body) {
  try {
    return JSON.parse(body).token;
  } catch {
    return undefined;
  }
}

server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => {
  process.stdout.write(`verifies at http://127.0.0.1:${server.address().port}/verify\n`);
});
