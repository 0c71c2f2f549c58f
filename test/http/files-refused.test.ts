import { connect, type Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { describeOnDatabases } from '../harness/databases.js';
import { echoGraph } from '../harness/project.js';
import { head, sendRaw } from '../harness/raw-request.js';
import { send } from '../harness/requests.js';
import { serve } from '../harness/served.js';
import { filePart, filesIn, formText, formType, png, upload } from '../harness/uploads.js';

/* What is not taken (security bar: uploads), each with what is: a lie about the type, what is too large, a name that is a path. */

const server = serve(
  { agent: echoGraph, auth: 'jwt', authorization: 'policy.ts:NoUploads', files: { max_size: '1MB', quota: '3MB' } },
  {
    files: {
      'policy.ts': `export class NoUploads {
        authorize(user, resource, action) { return !(user.user_id === 'reader' && action === 'upload'); }
      }`,
    },
  },
);
const alice = () => server.tokenFor('alice');
const megabyte = 1024 * 1024;

/** A form that is written by hand; `fetch` would not send it. */
const sendForm = (text: string, more: readonly string[] = [`Content-Type: ${formType}`], token = alice()) =>
  sendRaw(
    server.port,
    head('POST', '/v1/files/upload', [
      `Authorization: Bearer ${token}`,
      `Content-Length: ${Buffer.byteLength(text, 'latin1')}`,
      ...more,
    ]) + text,
  );

const statusOf = async (name: string, bytes: Uint8Array | string, type?: string) =>
  (await upload(server.url, alice(), { name, bytes, ...(type !== undefined && { type }) })).status;

describe('names', () => {
  const formWith = (name: string) => formText([filePart(name, 'text')]);

  test.each([
    ['a path upwards', '../../etc/passwd'],
    ['a path upwards with backslashes', '..\\\\..\\\\windows\\\\win.ini'],
    ['an absolute path', '/etc/passwd'],
    ['a path of Windows', 'C:\\\\boot.ini'],
    ['the folder above', '..'],
    ['a NUL', 'a\0.txt'],
    ['a line break', 'a%0D%0AX-Evil: 1.txt'],
    ['an escape', 'a\x1b[2J.txt'],
    ['nothing', ''],
    ['blanks', '   '],
    ['a reversed ending', Buffer.from('invoice\u202egpj.exe').toString('latin1')],
    ['a device', 'CON'],
    ['a device with an ending', 'nul.txt'],
    ['a dot at the end', 'a.txt.'],
    ['more than file systems take', `${'a'.repeat(252)}.txt`],
  ])('%s is 422', async (_what, name) => {
    expect((await sendForm(formWith(name))).status).toBe(422);
    expect(filesIn(server.directory).filter((file) => file.includes('arriving'))).toEqual([]);
  });

  test.each([
    ['a usual one', 'notes.txt', 'notes.txt'],
    ['one as long as file systems take', `${'a'.repeat(251)}.txt`, `${'a'.repeat(251)}.txt`],
    ['one of another script', Buffer.from('契約書.txt').toString('latin1'), '契約書.txt'],
    ['a percent sign, which is never decoded', '%2e%2e%2fpasswd', '%2e%2e%2fpasswd'],
    ['dots within', 'a..b.txt', 'a..b.txt'],
  ])('the positive twin: %s', async (_what, name, kept) => {
    const answer = await sendForm(formWith(name));
    expect(answer.status).toBe(200);
    const { data } = JSON.parse(/\{.*\}/s.exec(Buffer.from(answer.text, 'latin1').toString())?.[0] ?? '');
    expect(data.filename).toBe(kept);
    await send(`${server.url}/v1/files/${data.file_id}`, { token: alice(), method: 'DELETE' });
  });
});

describe('types', () => {
  const html = '<!doctype html><html><script>alert(1)</script></html>';
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
  const windows = Buffer.concat([Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'), Buffer.alloc(512)]);
  const linux = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1'), Buffer.alloc(512)]);
  const zip = Buffer.concat([
    Buffer.from('PK\x03\x04\x14\0\0\0\x08\0', 'latin1'),
    Buffer.alloc(16),
    deflateRawSync('a'),
  ]);

  test.each<readonly [string, string, Uint8Array | string, string | undefined]>([
    ['HTML that says it is a picture', 'a.png', html, 'image/png'],
    ['HTML that says what it is', 'a.html', html, 'text/html'],
    ['SVG', 'a.svg', svg, 'image/svg+xml'],
    ['SVG that says it is a picture of points', 'a.png', svg, 'image/png'],
    ['XML', 'a.xml', '<?xml version="1.0"?><a/>', 'application/xml'],
    ['a script that says it is a sound', 'a.mp3', 'alert(1)', 'audio/mpeg'],
    ['a program for Windows that says it is a picture', 'a.png', windows, 'image/png'],
    ['a program for Windows that says nothing', 'a.exe', windows, undefined],
    ['a program for Linux that says it is a text', 'a.txt', linux, 'text/plain'],
    ['an archive', 'a.zip', zip, 'application/zip'],
    ['a picture that says it is another kind', 'a.jpg', png(), 'image/jpeg'],
    ['a picture that says it is a text', 'a.txt', png(), 'text/plain'],
    ['a text that says it is a PDF', 'a.pdf', 'not a PDF', 'application/pdf'],
    ['a PDF that says it is a text', 'a.txt', '%PDF-1.4\n%%EOF\n', 'text/plain'],
    ['a GIF with a script, letters throughout', 'a.gif', 'GIF89a=1;alert(1)//', 'image/gif'],
    ['a text that is not UTF-8', 'a.txt', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'text/plain'],
    ['a text with a NUL', 'a.txt', 'a\0b', 'text/plain'],
    ['a text that breaks off in a letter', 'a.txt', Buffer.from([0x61, 0xc3]), 'text/plain'],
    ['nobody knows what', 'a.bin', Buffer.from([1, 2, 3, 0, 255]), 'application/octet-stream'],
  ])('%s is 415', async (_what, name, bytes, type) => {
    expect(await statusOf(name, bytes, type)).toBe(415);
  });

  test.each<readonly [string, string, Uint8Array | string, string | undefined, string]>([
    ['a picture', 'a.png', png(), 'image/png', 'image/png'],
    ['a picture that says nothing, under another ending', 'a.txt', png(), undefined, 'image/png'],
    ['a PDF', 'a.pdf', '%PDF-1.4\n%%EOF\n', 'application/pdf', 'application/pdf'],
    ['a text that begins as a picture would', 'a.txt', 'BMW is a car', 'text/plain', 'text/plain'],
    ['HTML as the text that it is', 'a.txt', html, 'text/plain', 'text/plain'],
    ['data that says nothing', 'a.json', '{"a": 1}', undefined, 'application/json'],
    ['a table', 'a.csv', 'a,b\n1,2\n', 'text/csv; charset=utf-8', 'text/csv'],
  ])('the positive twin: %s', async (_what, name, bytes, type, kept) => {
    const { status, body } = await upload(server.url, alice(), { name, bytes, ...(type !== undefined && { type }) });
    expect([status, body.data?.mime_type]).toEqual([200, kept]);
    const got = await fetch(`${server.url}${body.data.url}`, { headers: { Authorization: `Bearer ${alice()}` } });
    expect(got.headers.get('content-type')?.split(';')[0]).toBe(kept);
    expect(got.headers.get('content-disposition')?.startsWith(/image|pdf/.test(kept) ? 'inline' : 'attachment')).toBe(
      true,
    );
    await send(`${server.url}${body.data.url}`, { token: alice(), method: 'DELETE' });
  });
});

describe('sizes', () => {
  test('one byte too much is 413, by what is announced and by what comes', async () => {
    expect(await statusOf('a.txt', 'x'.repeat(megabyte + 1))).toBe(413);
    expect(await statusOf('a.txt', 'x'.repeat(5 * megabyte))).toBe(413);
    const chunked = formText([filePart('a.txt', 'x'.repeat(megabyte + 1))]);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(chunked));
        controller.close();
      },
    });
    const headers = { Authorization: `Bearer ${alice()}`, 'Content-Type': formType };
    const options = { method: 'POST', headers, body: stream, duplex: 'half' };
    expect((await fetch(`${server.url}/v1/files/upload`, options as RequestInit)).status).toBe(413);
    expect(filesIn(server.directory)).toEqual([]);
  });

  test('just as much is taken; nothing at all is 400', async () => {
    const { status, body } = await upload(server.url, alice(), { name: 'a.txt', bytes: 'x'.repeat(megabyte) });
    expect(status).toBe(200);
    await send(`${server.url}${body.data.url}`, { token: alice(), method: 'DELETE' });
    expect(await statusOf('a.txt', '')).toBe(400);
  });

  test('what is around the file is bounded as well', async () => {
    const field = (name: string, body: string) => ({ head: [`Content-Disposition: form-data; name="${name}"`], body });
    const file = filePart('a.txt', 'text');
    const fields = (count: number) => Array.from({ length: count }, (_, index) => field(`f${index}`, 'x'));
    expect((await sendForm(formText([...fields(17), file]))).status).toBe(422);
    expect((await sendForm(formText([field('much', 'x'.repeat(2 * megabyte)), file]))).status).toBe(413);
    expect((await sendForm(formText([...fields(3), file, ...fields(3)]))).status).toBe(200);
  });
});

describe('forms', () => {
  const file = filePart('a.txt', 'text');
  const count = () => filesIn(server.directory).length;

  test.each<readonly [string, string, readonly string[] | undefined, number]>([
    ['two files', formText([file, filePart('b.txt', 'more')]), undefined, 422],
    ['none', formText([]), undefined, 422],
    [
      'a file in another field',
      formText([filePart('a.txt', 'text')]).replace('name="file"', 'name="other"'),
      undefined,
      422,
    ],
    ['a field without the name of a file', formText([file]).replace('; filename="a.txt"', ''), undefined, 422],
    ['a form that breaks off', formText([file], ''), undefined, 400],
    ['no form at all', '{"file": "text"}', ['Content-Type: application/json'], 415],
    ['no type', formText([file]), [], 415],
    ['no boundary', formText([file]), ['Content-Type: multipart/form-data'], 400],
    ['another boundary', formText([file]), ['Content-Type: multipart/form-data; boundary=x'], 400],
    ['a compressed form', formText([file]), [`Content-Type: ${formType}`, 'Content-Encoding: gzip'], 415],
  ])('%s', async (_what, text, headers, status) => {
    const before = count();
    expect((await sendForm(text, headers)).status).toBe(status);
    expect(count()).toBe(before);
  });

  test('the positive twin', async () => {
    const before = count();
    expect((await sendForm(formText([file]))).status).toBe(200);
    expect(count()).toBe(before + 1);
  });

  test('whoever is nobody, or may not, is refused before anything is read', async () => {
    const before = count();
    const starts = (token: string) =>
      new Promise<string>((resolve) => {
        const lines = [`Content-Type: ${formType}`, 'Content-Length: 100000', 'Expect: 100-continue'];
        const socket = connect(server.port, '127.0.0.1', () =>
          socket.write(head('POST', '/v1/files/upload', [`Authorization: Bearer ${token}`, ...lines])),
        );
        socket.once('data', (chunk) => {
          resolve(chunk.toString().split('\r\n')[0] ?? '');
          socket.destroy();
        });
      });
    expect(await starts('nobody')).toContain(' 401 ');
    expect(await starts(server.tokenFor('reader'))).toContain(' 403 ');
    expect(await starts(alice())).toContain(' 100 ');
    expect((await upload(server.url, undefined, { bytes: 'text' })).status).toBe(401);
    const refused = await upload(server.url, server.tokenFor('reader'), { bytes: 'text' });
    expect([refused.status, refused.body.message]).toEqual([403, 'Forbidden: this needs the permission files:upload.']);
    expect(count()).toBe(before);
  });

  test('a body on another route is still JSON', async () => {
    const text = formText([file]);
    const answer = await sendRaw(
      server.port,
      head('POST', '/v1/graph/invoke', [
        `Authorization: Bearer ${alice()}`,
        `Content-Type: ${formType}`,
        `Content-Length: ${text.length}`,
      ]) + text,
    );
    expect(answer.status).toBe(415);
  });
});

describe('uploads that do not end', () => {
  const begin = async (body: string): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1');
    const lines = [`Authorization: Bearer ${alice()}`, `Content-Type: ${formType}`, 'Content-Length: 500000'];
    socket.write(head('POST', '/v1/files/upload', lines) + body);
    await vi.waitFor(() => expect(arriving()).not.toEqual([]), { timeout: 5_000 });
    return socket;
  };
  const arriving = () => filesIn(server.directory).filter((name) => name.startsWith('arriving'));

  test('a cut connection leaves nothing', async () => {
    const before = filesIn(server.directory).length;
    const socket = await begin(formText([filePart('a.txt', 'x'.repeat(100_000))], '').slice(0, 90_000));
    socket.destroy();
    await vi.waitFor(() => expect(arriving()).toEqual([]), { timeout: 5_000 });
    expect(filesIn(server.directory)).toHaveLength(before);
  });

  test('a bad name is refused while its sender still sends', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const lines = [`Authorization: Bearer ${alice()}`, `Content-Type: ${formType}`, 'Content-Length: 500000'];
    socket.write(head('POST', '/v1/files/upload', lines) + formText([filePart('../a', 'x'.repeat(1000))], ''));
    const first = await new Promise<string>((resolve) => {
      socket.once('data', (chunk) => resolve(chunk.toString()));
    });
    socket.destroy();
    expect(first).toMatch(/^HTTP\/1\.1 422 /);
  });
});

describe('whoever may no longer', () => {
  const strict = serve({ agent: echoGraph, auth: { method: 'jwt', clock_tolerance: 0 } });

  test('has uploaded nothing, where their token runs out in the middle', async () => {
    const text = formText([filePart('late.txt', 'x'.repeat(200_000))]);
    const token = strict.tokenFor('alice', { exp: Math.floor(Date.now() / 1000) + 4 });
    const socket = connect(strict.port, '127.0.0.1');
    const lines = [`Authorization: Bearer ${token}`, `Content-Type: ${formType}`, `Content-Length: ${text.length}`];
    socket.write(head('POST', '/v1/files/upload', lines) + text.slice(0, 100_000));
    const answer = { hasCome: false };
    const answered = new Promise<string>((resolve) => {
      socket.once('data', (chunk) => {
        answer.hasCome = true;
        resolve(chunk.toString());
      });
    });
    const arriving = () => filesIn(strict.directory).filter((name) => name.startsWith('arriving'));
    await vi.waitFor(() => expect(arriving()).toHaveLength(1), { timeout: 5_000 });
    // It goes on to send, a little at a time, until it is told to stop.
    const sending = (async () => {
      for (let at = 100_000; at < text.length && !answer.hasCome; at += 500) {
        socket.write(text.slice(at, at + 500));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    expect(await answered).toMatch(/^HTTP\/1\.1 401 /);
    await sending;
    socket.destroy();
    expect(filesIn(strict.directory)).toEqual([]);
    expect((await upload(strict.url, strict.tokenFor('alice'), { name: 'a.txt', bytes: 'text' })).status).toBe(200);
  });
});

describeOnDatabases((database) => {
  const small = serve(
    { agent: echoGraph, auth: 'jwt', files: { max_size: '1MB', quota: '2MB', directory: 'kept/here' } },
    { database },
  );
  const kilobytes = (count: number) => ({ name: 'a.txt', bytes: 'x'.repeat(count * 1024) });

  test('what one principal has is bounded, also at once; another has room of their own', async () => {
    const token = small.tokenFor('bob');
    const all = await Promise.all(Array.from({ length: 12 }, () => upload(small.url, token, kilobytes(500))));
    const statuses = all.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(4);
    expect(new Set(statuses)).toEqual(new Set([200, 413]));
    const refused = all.find(({ status }) => status === 413);
    expect(refused?.body.message).toContain('your files may have 2MB together');
    expect(refused?.headers.get('retry-after')).toBeNull();
    expect(filesIn(small.directory, 'kept/here')).toHaveLength(4);
    expect((await upload(small.url, small.tokenFor('carol'), kilobytes(500))).status).toBe(200);

    const [first] = all.filter(({ status }) => status === 200);
    await send(`${small.url}${first?.body.data.url}`, { token, method: 'DELETE' });
    expect((await upload(small.url, token, kilobytes(500))).status).toBe(200);
    expect((await upload(small.url, token, kilobytes(500))).status).toBe(413);
  });
});
