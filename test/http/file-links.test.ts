import { createHmac } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { startAgentflow } from '../harness/agentflow.js';
import { describeOnDatabases } from '../harness/databases.js';
import { createProject, createSecret, echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { steadyHeaders } from '../harness/steady-headers.js';
import { tokenFor } from '../harness/tokens.js';
import { upload } from '../harness/uploads.js';

/* A link opens one file for a short time without a credential, and whatever is no such link is as if there were no file. */

const configuration = { agent: echoGraph, auth: 'jwt' };
const server = serve(configuration);
const other = serve(configuration);
const alice = () => server.tokenFor('alice');

async function linked(at = server, text = 'behind a link') {
  const { body } = await upload(at.url, at.tokenFor('alice'), { name: 'a.txt', bytes: text });
  const link = new URL(body.data.direct_url, at.url);
  return { id: body.data.file_id as string, link, url: body.data.url as string };
}

/** An answer without what differs between any two. */
async function answerTo(url: URL) {
  const response = await fetch(url);
  const text = (await response.text())
    .replace(/[\da-f-]{36}/g, '<uuid>')
    .replace(/"timestamp":"[^"]+"/g, '"timestamp":<time>');
  return { status: response.status, headers: steadyHeaders(response.headers), text };
}

function changed(link: URL, change: (query: URLSearchParams) => void): URL {
  const url = new URL(link);
  change(url.searchParams);
  return url;
}

describe('what is no link', () => {
  const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

  test.each<readonly [string, (query: URLSearchParams, link: URL) => void]>([
    ['no signature', (query) => query.delete('signature')],
    ['an empty signature', (query) => query.set('signature', '')],
    ['a shorter signature', (query) => query.set('signature', (query.get('signature') ?? '').slice(1))],
    ['a longer signature', (query) => query.set('signature', `${query.get('signature')}A`)],
    ['another first letter', (query) => query.set('signature', flip(query.get('signature') ?? '', 0))],
    ['another letter in the middle', (query) => query.set('signature', flip(query.get('signature') ?? '', 21))],
    ['no end of its time', (query) => query.delete('expires')],
    ['a later end', (query) => query.set('expires', String(Number(query.get('expires')) + 1))],
    ['an end that is no number', (query) => query.set('expires', 'never')],
    ['an end written otherwise', (query) => query.set('expires', `0${query.get('expires')}`)],
    ['two ends', (query) => query.append('expires', '99999999999')],
    ['two signatures', (query) => query.append('signature', 'A'.repeat(43))],
    [
      'a signature by the secret of the tokens',
      (query, link) => {
        const id = link.pathname.split('/')[3];
        const mac = createHmac('sha256', server.secret).update(`v1\n${id}\n${query.get('expires')}`);
        query.set('signature', mac.digest('base64url'));
      },
    ],
  ])('%s: as if there were no file', async (_what, change) => {
    const { id, link } = await linked();
    expect((await fetch(link)).status).toBe(200);
    const bad = changed(link, (query) => change(query, link));
    const taken = await answerTo(bad);
    expect(taken.status).toBe(404);
    const none = new URL(bad.href.replace(id, 'e'.repeat(32)));
    expect(taken).toEqual(await answerTo(none));
    expect(taken.text).not.toContain('behind a link');
  });

  test('a link to one file opens no other, and nothing else of its own', async () => {
    const [one, another] = [await linked(), await linked()];
    expect((await fetch(new URL(one.link.href.replace(one.id, another.id)))).status).toBe(404);
    for (const path of [one.url, `${one.url}/info`, `${one.url}/url`]) {
      expect((await fetch(new URL(path + one.link.search, server.url))).status).toBe(401);
    }
    expect((await fetch(one.link, { method: 'DELETE' })).status).toBe(401);
    expect((await fetch(one.link)).status).toBe(200);
  });

  test('the link of another server, with a key of its own', async () => {
    const { link } = await linked(other);
    expect((await fetch(link)).status).toBe(200);
    expect((await fetch(new URL(link.pathname + link.search, server.url))).status).toBe(404);
  });

  test('a link to a file that is deleted', async () => {
    const { link, url } = await linked();
    expect((await send(`${server.url}${url}`, { token: alice(), method: 'DELETE' })).status).toBe(200);
    expect((await fetch(link)).status).toBe(404);
  });
});

test('HEAD and GET by a link; what it opens is downloaded and runs nothing', async () => {
  const { link } = await linked();
  const head = await fetch(link, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '13']);
  const { headers } = await fetch(link);
  expect(headers.get('content-disposition')).toBe('attachment; filename="a.txt"');
  expect(headers.get('content-security-policy')).toContain("sandbox; default-src 'none'");
});

test('a signature reaches neither the log nor the audit trail', async () => {
  const { link, id } = await linked();
  expect((await fetch(link)).status).toBe(200);
  await vi.waitFor(() => expect(server.output()).toContain(`/v1/files/${id}/content`), { timeout: 5_000 });
  expect(server.output()).not.toContain(link.searchParams.get('signature'));
});

describe('time', () => {
  const brief = serve({ ...configuration, files: { url_ttl: '2s' } });

  test('a link is over when its time is', async () => {
    const { link, url } = await linked(brief);
    expect((await fetch(link)).status).toBe(200);
    await vi.waitFor(async () => expect((await fetch(link)).status).toBe(404), { timeout: 10_000, interval: 200 });
    const fresh = await send(`${brief.url}${url}/url`, { token: brief.tokenFor('alice') });
    expect((await fetch(new URL(fresh.body.data.url, brief.url))).status).toBe(200);
  });
});

describe('whoever may put files there and not read them', () => {
  const dropbox = serve({ ...configuration, authorization: { method: 'roles', roles: { sender: ['files:upload'] } } });

  test('gets no link with them', async () => {
    const token = dropbox.tokenFor('sam', { roles: ['sender'] });
    const { status, body } = await upload(dropbox.url, token, { name: 'a.txt', bytes: 'text' });
    expect(status).toBe(200);
    expect(body.data).toMatchObject({ direct_url: null, direct_url_expires_at: null });
    expect((await send(`${dropbox.url}${body.data.url}/url`, { token })).status).toBe(403);
    const narrow = server.tokenFor('alice', { scope: 'files:upload' });
    const narrowed = await upload(server.url, narrow, { name: 'a.txt', bytes: 'text' });
    expect([narrowed.status, narrowed.body.data.direct_url]).toEqual([200, null]);
  });
});

describeOnDatabases((createDatabase) => {
  test('processes of one database sign with one key, and a link outlives the one that made it', {
    timeout: 60_000,
  }, async () => {
    const database = await createDatabase();
    const secret = createSecret();
    const where = database.configuration;
    const project = createProject({ 'agentflow.json': { ...configuration, ...(where && { database: where }) } });
    const start = () => startAgentflow({ directory: project.directory, env: { JWT_SECRET_KEY: secret } });
    const [first, second] = [await start(), await start()];
    const { body } = await upload(first.url, tokenFor('alice', secret), { name: 'a.txt', bytes: 'text' });
    expect(await (await fetch(`${second.url}${body.data.direct_url}`)).text()).toBe('text');
    expect([await first.stop(), await second.stop()]).toEqual([0, 0]);
    const third = await start();
    expect(await (await fetch(`${third.url}${body.data.direct_url}`)).text()).toBe('text');
    expect(await third.stop()).toBe(0);
    project.remove();
    await database.remove();
  });
});
