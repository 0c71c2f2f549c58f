import { createRequire } from 'node:module';

/* Koa, and nothing else: answers everything at once, with the text that it is started with. */

const Koa = createRequire(new URL('../../packages/host/package.json', import.meta.url))('koa');
const [body] = process.argv.slice(2);

const server = new Koa()
  .use((context) => {
    context.set('Content-Type', 'application/json; charset=utf-8');
    context.body = body;
  })
  .listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
