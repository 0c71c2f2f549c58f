import { expect, test } from 'vitest';
import { exampleGraph } from '../harness/project.js';
import { say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* Security bar 68: lists, pages and searches over the threads of two users; each counts only their own. */

const server = serve({ agent: exampleGraph, auth: 'jwt' }, { prepare: startAll });
const [carol, dave] = [server.tokenFor('carol'), server.tokenFor('dave')];

async function startAll(): Promise<void> {
  for (let index = 10; index < 40; index++) await start(carol, `carols_${index}`);
  for (let index = 10; index < 30; index++) await start(dave, `daves_${index}`);
}

async function start(token: string, threadId: string): Promise<void> {
  const answer = await send(`${server.url}/v1/graph/invoke`, { token, body: say('Hello', threadId) });
  expect(answer.status).toBe(200);
}

const idsOf = async (token: string, query: string): Promise<readonly string[]> => {
  const answer = await send(`${server.url}/v1/threads${query}`, { token });
  expect(answer.status).toBe(200);
  return answer.body.data.threads.map((thread: { thread_id: string }) => thread.thread_id);
};

test.each([
  ['', 30, 20],
  ['?limit=1000', 30, 20],
  ['?limit=15', 15, 15],
  ['?offset=5', 25, 15],
  ['?offset=20', 10, 0],
  ['?offset=30', 0, 0],
  ['?offset=25&limit=1000', 5, 0],
  ['?search=carols', 30, 0],
  ['?search=daves', 0, 20],
  ['?search=CAROLS_1', 10, 0],
  ['?search=_', 30, 20],
  ['?search=%25', 0, 0],
  ['?search=s_1', 10, 10],
  [`?search=${encodeURIComponent("' or 1=1 --")}`, 0, 0],
  ['?user_id=carol&owner=carol&subject=carol&tenant=default', 30, 20],
  ['?search=&search=carols', 30, 0],
])('%j: %i of hers to her, %i of his to him', async (query, hers, his) => {
  const [toHer, toHim] = [await idsOf(carol, query), await idsOf(dave, query)];
  expect([toHer.length, toHim.length]).toEqual([hers, his]);
  expect(toHer.every((id) => id.startsWith('carols_'))).toBe(true);
  expect(toHim.every((id) => id.startsWith('daves_'))).toBe(true);
  expect(new Set(toHer).size).toBe(hers);
});

test('pages come to an end where the own threads do', async () => {
  const pages = await Promise.all([0, 7, 14, 21, 28].map((offset) => idsOf(dave, `?limit=7&offset=${offset}`)));
  expect(pages.map(({ length }) => length)).toEqual([7, 7, 6, 0, 0]);
  expect(new Set(pages.flat()).size).toBe(20);
});
