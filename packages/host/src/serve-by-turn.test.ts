import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { serveByTurn } from './serve-by-turn.js';

const request = (url: string) => ({ url }) as IncomingMessage;
const response = {} as ServerResponse;

test('what one turn brings begins after it, all of it in order; what comes meanwhile, in the next', async () => {
  const begun: (string | undefined)[] = [];
  const turns = serveByTurn(async ({ url }) => {
    begun.push(url);
    if (url === '/2') turns.add(request('/later'), response);
  });
  for (const url of ['/1', '/2', '/3']) turns.add(request(url), response);
  expect(begun).toEqual([]);
  await turns.begun();
  expect(begun).toEqual(['/1', '/2', '/3']);
  await turns.begun();
  expect(begun).toEqual(['/1', '/2', '/3', '/later']);
});
