import { expect, test } from 'vitest';
import { echoGraph } from '../harness/project.js';
import { keyPlugin, startReloading } from '../harness/reloading.js';
import { send } from '../harness/requests.js';

/* A configuration that is read anew finds the files where they were; where they lie is no thing to change by the way. */

test('files outlive a reload, and what is said of them needs a restart', { timeout: 60_000 }, async () => {
  const base = { agent: echoGraph, auth: 'keys.ts:Keys' };
  const server = await startReloading({ 'agentflow.json': base, 'keys.ts': keyPlugin('alice') });
  const headers = { 'X-Key': 'alice' };
  const form = new FormData();
  form.append('file', new Blob(['kept over a reload']), 'a.txt');
  const uploaded = await fetch(`${server.url}/v1/files/upload`, { method: 'POST', headers, body: form });
  const { data } = (await uploaded.json()) as { data: { url: string; direct_url: string } };

  expect(await server.reload({ 'agentflow.json': { ...base, authorization: 'ownership' } })).toBe('in force');
  expect((await send(`${server.url}${data.url}`, { headers })).text).toBe('kept over a reload');
  expect((await send(`${server.url}${data.direct_url}`)).text).toBe('kept over a reload');

  expect(await server.reload({ 'agentflow.json': { ...base, files: { max_size: '1MB' } } })).toBe('refused');
  expect(server.output()).toMatch(/a restart is needed for what has changed in \\?"files/);
  expect((await send(`${server.url}${data.url}`, { headers })).text).toBe('kept over a reload');
});
