import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { echoGraph } from '../harness/project.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { filesIn, png, upload } from '../harness/uploads.js';

/* Files belong to whoever uploads them (contract 1.7); what is refused is in files-refused.test.ts. */

describeOnDatabases((database) => {
  const server = serve({ agent: echoGraph, auth: 'jwt' }, { database });
  const alice = () => server.tokenFor('alice');
  const read = (path: string, token?: string, method?: string) =>
    fetch(`${server.url}${path}`, {
      ...(method !== undefined && { method }),
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });

  test('a picture is kept as it is, and found by every route', async () => {
    const bytes = png();
    const { status, body } = await upload(server.url, alice(), { name: 'point.png', type: 'image/png', bytes });
    expect(status).toBe(200);
    const { file_id: id, direct_url: link, direct_url_expires_at: ends, ...facts } = body.data;
    expect(id).toMatch(/^[\da-f]{32}$/);
    expect(facts).toEqual({
      ...{ mime_type: 'image/png', size_bytes: bytes.length, filename: 'point.png', extracted_text: null },
      url: `/v1/files/${id}`,
    });
    expect(Math.abs(ends - Date.now() / 1000 - 600)).toBeLessThan(60);

    const whole = await read(`/v1/files/${id}`, alice());
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(bytes);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(bytes.length),
      'content-disposition': 'inline; filename="point.png"',
      'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
    const info = await send(`${server.url}/v1/files/${id}/info`, { token: alice() });
    expect(info.body.data).toMatchObject({ file_id: id, mime_type: 'image/png', filename: 'point.png' });
    expect(info.body.data).not.toHaveProperty('url');
    const access = await send(`${server.url}/v1/files/${id}/url`, { token: alice() });
    expect(access.body.data).toEqual({ file_id: id, mime_type: 'image/png', ...expectedLink(id) });
    for (const url of [link, info.body.data.direct_url, access.body.data.url]) {
      const opened = await read(url);
      expect([opened.status, Buffer.from(await opened.arrayBuffer())]).toEqual([200, bytes]);
    }
  });

  test('it lies under its id alone, for the owner of the process only', async () => {
    const bytes = Buffer.concat([png(), Buffer.from('another')]);
    const { body } = await upload(server.url, alice(), { name: 'where.png', bytes });
    const id = body.data.file_id;
    const places = filesIn(server.directory).filter((name) => name.includes(id));
    expect(places).toEqual([join(id.slice(0, 2), id)]);
    const place = join(server.directory, '.agentflow/files', places[0] ?? '');
    expect(createHash('sha256').update(readFileSync(place)).digest()).toEqual(
      createHash('sha256').update(bytes).digest(),
    );
    expect(statSync(place).mode & 0o777).toBe(0o600);
    expect(statSync(join(place, '..')).mode & 0o777).toBe(0o700);
    expect(filesIn(server.directory).filter((name) => name.startsWith('arriving'))).toEqual([]);
  });

  test('a text is told as text, and is downloaded, never shown', async () => {
    const text = '# Grüße\n\n<script>alert(1)</script>\n';
    const { body } = await upload(server.url, alice(), { name: 'Grüße "1".md', bytes: text });
    expect(body.data).toMatchObject({ mime_type: 'text/markdown', extracted_text: text, filename: 'Grüße "1".md' });
    const whole = await read(body.data.url, alice());
    expect(await whole.text()).toBe(text);
    expect(whole.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(whole.headers.get('content-disposition')).toBe(
      `attachment; filename="Gr__e _1_.md"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.md`,
    );
  });

  test('a long text is a file and nothing more', async () => {
    const bytes = 'long\n'.repeat(30_000);
    const { body } = await upload(server.url, alice(), { name: 'long.txt', bytes });
    expect(body.data).toMatchObject({ mime_type: 'text/plain', extracted_text: null, size_bytes: bytes.length });
  });

  test('HEAD says how long it is; a range is passed over', async () => {
    const { body } = await upload(server.url, alice(), { name: 'a.txt', bytes: 'some text' });
    const head = await read(body.data.url, alice(), 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '9', '']);
    const options = { headers: { Authorization: `Bearer ${alice()}`, Range: 'bytes=2-3' } };
    const part = await fetch(`${server.url}${body.data.url}`, options);
    expect([part.status, await part.text()]).toEqual([200, 'some text']);
    expect(part.headers.get('accept-ranges')).toBe('none');
  });

  test('deleted, it is gone by every route, every link and from the disk', async () => {
    const { body } = await upload(server.url, alice(), { name: 'a.txt', bytes: 'soon gone' });
    const { file_id: id, direct_url: link } = body.data;
    expect((await read(link)).status).toBe(200);
    const gone = await send(`${server.url}/v1/files/${id}`, { token: alice(), method: 'DELETE' });
    expect([gone.status, gone.body]).toEqual([200, { file_id: id, deleted: true }]);
    for (const path of [`/v1/files/${id}`, `/v1/files/${id}/info`, `/v1/files/${id}/url`]) {
      expect((await read(path, alice())).status).toBe(404);
    }
    expect((await read(link)).status).toBe(404);
    expect((await send(`${server.url}/v1/files/${id}`, { token: alice(), method: 'DELETE' })).status).toBe(404);
    expect(filesIn(server.directory).filter((name) => name.includes(id))).toEqual([]);
  });

  test('what is no id of a file is 422', async () => {
    for (const id of ['upload', 'A'.repeat(32), '0'.repeat(31), 'g'.repeat(32)]) {
      expect((await read(`/v1/files/${id}`, alice())).status).toBe(422);
    }
    expect((await read(`/v1/files/${'f'.repeat(32)}`, alice())).status).toBe(404);
  });

  test('the configuration is told', async () => {
    const { body } = await send(`${server.url}/v1/config/multimodal`, { token: alice() });
    expect(body.data).toMatchObject({
      ...{ media_storage_type: 'local', media_max_size_mb: 25, document_handling: 'extract_text' },
      media_types: expect.arrayContaining(['image/png', 'application/pdf', 'text/plain']),
    });
  });

  test('a hundred at once are kept, each as it is', async () => {
    const sent = Array.from({ length: 100 }, (_, index) => `${index}:${'x'.repeat(200_000)}`);
    const answers = await Promise.all(sent.map((bytes) => upload(server.url, alice(), { name: 'x.txt', bytes })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const kept = await Promise.all(answers.map(async ({ body }) => (await read(body.data.url, alice())).text()));
    expect(kept).toEqual(sent);
    expect(new Set(answers.map(({ body }) => body.data.file_id)).size).toBe(100);
  });
});

const expectedLink = (id: string) => ({
  url: expect.stringMatching(new RegExp(`^/v1/files/${id}/content\\?expires=\\d+&signature=[\\w-]{43}$`)),
  expires_at: expect.any(Number),
});
