import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createDiskVault } from './disk-vault.js';

const root = mkdtempSync(join(tmpdir(), 'agentflow-vault-'));
let made = 0;
let directory = '';
let now = 0;
const open = () => createDiskVault(directory, { now: () => now });

beforeEach(() => {
  made += 1;
  directory = join(root, String(made));
  now = Date.now();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const id = 'ab'.repeat(16);
const another = 'cd'.repeat(16);
const files = () =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );

async function* pieces(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece);
  return Buffer.concat(all).toString();
}

test('what was received is nowhere until it is kept, and then where it is read', async () => {
  const vault = open();
  const received = await vault.receive(pieces('Hello ', 'there'));
  const sha256 = createHash('sha256').update('Hello there').digest('hex');
  expect(received).toMatchObject({ sizeBytes: 11, sha256 });
  expect(readFileSync(received.path, 'utf8')).toBe('Hello there');
  expect(await vault.has(id, 11)).toBe(false);
  await received.keep(id);
  expect(files()).toEqual([join('ab', id)]);
  expect([await vault.has(id, 11), await vault.has(id, 12)]).toEqual([true, false]);
  expect(await readAll(vault.read(id))).toBe('Hello there');
});

test('what breaks off, is discarded or deleted leaves nothing', async () => {
  const vault = open();
  async function* breaking() {
    yield Buffer.from('half');
    throw new Error('the sender has gone');
  }
  await expect(vault.receive(breaking())).rejects.toThrow('the sender has gone');
  await (await vault.receive(pieces('not wanted'))).discard();
  const kept = await vault.receive(pieces('kept, and then not wanted'));
  await kept.keep(id);
  await kept.discard();
  expect(files()).toEqual([]);
  await (await vault.receive(pieces('deleted'))).keep(id);
  await vault.delete(id);
  await vault.delete(id);
  expect(files()).toEqual([]);
});

test('what is being read when it is deleted is read to its end', async () => {
  const vault = open();
  const text = 'x'.repeat(300_000);
  await (await vault.receive(pieces(text))).keep(id);
  const reading = vault.read(id)[Symbol.asyncIterator]();
  const first = await reading.next();
  await vault.delete(id);
  let length = (first.value as Uint8Array).byteLength;
  for (let next = await reading.next(); next.done !== true; next = await reading.next())
    length += next.value.byteLength;
  expect(length).toBe(text.length);
});

test.each(['../../etc/passwd', '', 'AB'.repeat(16), `${'ab'.repeat(16)}/x`, 'arriving'])('%j is no id', async (bad) => {
  const vault = open();
  const received = await vault.receive(pieces('text'));
  await expect(received.keep(bad)).rejects.toThrow('not the id of a file');
  await expect(vault.has(bad, 1)).rejects.toThrow('not the id of a file');
  await expect(vault.delete(bad)).rejects.toThrow('not the id of a file');
  await expect(readAll(vault.read(bad))).rejects.toThrow('not the id of a file');
});

test('what was left behind is cleared away once it is old, and nothing else', async () => {
  const vault = open();
  await vault.sweep(async () => new Set());
  await (await vault.receive(pieces('with a row'))).keep(id);
  await (await vault.receive(pieces('without'))).keep(another);
  const arriving = await vault.receive(pieces('never kept'));
  const known = async (ids: readonly string[]) => new Set(ids.filter((one) => one === id));
  await vault.sweep(known);
  expect(files()).toHaveLength(3);
  now += 59 * 60 * 1000;
  await vault.sweep(known);
  expect(files()).toHaveLength(3);
  now += 2 * 60 * 1000;
  const later = await vault.receive(pieces('just now'));
  utimesSync(later.path, now / 1000, now / 1000);
  await vault.sweep(known);
  expect(files().toSorted()).toEqual([join('ab', id), later.path.slice(directory.length + 1)].toSorted());
  await arriving.discard();
});

test('one database has a folder for itself, until there is another', async () => {
  expect([await open().claim(id), await open().claim(id)]).toEqual([true, true]);
  expect(await open().claim(another)).toBe(false);
  expect(await open().claim(id)).toBe(false);
  await expect(open().claim('../x')).rejects.toThrow('not the id of a database');
});
