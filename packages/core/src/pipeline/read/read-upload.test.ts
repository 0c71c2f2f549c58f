import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../../test/harness/random.js';
import { filePart, formText, formType } from '../../../../../test/harness/uploads.js';
import { RequestError } from '../../errors.js';
import { type IncomingFile, readUpload } from './read-upload.js';

/* A form may come in any pieces, break off anywhere, and be anything at all. */

const content = 'the bytes of a file\r\n--the-boundary-of-a-for, almost\r\n'.repeat(3);
const field = { head: ['Content-Disposition: form-data; name="note"'], body: 'x' };
const whole = Buffer.from(formText([field, filePart('a.txt', content), field]));
const headers = new Map([['content-type', formType]]);

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What came of a form, and what was left of the file in it. */
async function read(body: AsyncIterable<Uint8Array>, maxBytes = 1000) {
  const left = { taken: 0, discarded: 0 };
  const take = async ({ name, declaredType, bytes }: IncomingFile) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    left.taken += 1;
    const discard = async () => {
      left.discarded += 1;
    };
    return { name, declaredType, text: Buffer.concat(pieces).toString(), discard };
  };
  try {
    const { discard: _discard, ...file } = await readUpload({ headers, body }, maxBytes, take);
    return { file, left };
  } catch (error) {
    return { error, left };
  }
}

test('in pieces of every size it is the same file', async () => {
  for (let size = 1; size <= whole.length; size += 1) {
    const { file, left } = await read(inPieces(whole, size));
    expect(file).toEqual({ name: 'a.txt', declaredType: 'text/plain', text: content });
    expect(left).toEqual({ taken: 1, discarded: 0 });
  }
});

test('broken off anywhere it is 400 or no form, and what was taken of it is discarded', async () => {
  const end = whole.lastIndexOf('--');
  for (let length = 0; length < end; length += 1) {
    const { file, error, left } = await read(inPieces(whole.subarray(0, length), 16));
    expect([length, file]).toEqual([length, undefined]);
    expect(error).toBeInstanceOf(RequestError);
    expect([400, 422]).toContain((error as RequestError).status);
    expect(left.discarded).toBe(left.taken);
  }
});

test('a body that fails in the middle ends whoever takes the file', async () => {
  async function* failing() {
    yield whole.subarray(0, 250);
    throw new Error('the sender has gone');
  }
  const { error, left } = await read(failing());
  expect(error).toMatchObject({ message: 'the sender has gone' });
  expect(left).toEqual({ taken: 0, discarded: 0 });
});

describe('sizes', () => {
  test('the last byte that may come, and the first that may not', async () => {
    expect((await read(inPieces(whole, 7), content.length)).file?.text).toBe(content);
    const { error, left } = await read(inPieces(whole, 7), content.length - 1);
    expect(error).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
    expect(left).toEqual({ taken: 0, discarded: 0 });
  });

  test('no more than a piece is asked for before the last is taken', async () => {
    let ahead = 0;
    let most = 0;
    async function* watched() {
      yield Buffer.from(formText([filePart('a.txt', '')], '').split('\r\n\r\n')[0] ?? '');
      yield Buffer.from('\r\n\r\n');
      for (let count = 0; count < 200; count += 1) {
        ahead += 65_536;
        most = Math.max(most, ahead);
        yield Buffer.alloc(65_536, 'x');
      }
      yield Buffer.from('\r\n--the-boundary-of-a-form--\r\n');
    }
    const take = async ({ bytes }: IncomingFile) => {
      for await (const piece of bytes) {
        ahead -= piece.byteLength;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return { discard: async () => undefined };
    };
    await readUpload({ headers, body: watched() }, 200 * 65_536, take);
    expect(most).toBeLessThan(8 * 65_536);
  });
});

test('anything at all ends in an answer', async () => {
  // A fixed sequence, so that what fails once fails again.
  const random = createRandom(42);
  for (let round = 0; round < 2_000; round += 1) {
    const bytes = Buffer.from(whole);
    for (let change = 0; change <= random(6); change += 1) bytes[random(bytes.length)] = random(256);
    const cut = random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
    const { file, error, left } = await read(inPieces(cut, 1 + random(64)));
    if (file === undefined) expect(error).toBeInstanceOf(RequestError);
    expect(left.discarded).toBe(file === undefined ? left.taken : 0);
  }
});
