import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { BadRequestError, RequestError, ValidationError } from '../../errors.js';
import type { RequestView } from '../request.js';
import { idleUploadMilliseconds, inTime } from './in-time.js';
import { createInterruption } from './interruption.js';
import { passOver } from './pass-over.js';

/** A file in a form, while it arrives. Nothing that is said of it is believed. */
export interface IncomingFile {
  readonly name: string;
  /** The media type that its sender gives it; `text/plain` where they give none (RFC 7578 §4.4). */
  readonly declaredType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

type Take<T extends Discardable> = (file: IncomingFile) => Promise<T>;

/** What was taken in, and can be thrown away. */
export interface Discardable {
  discard(): Promise<void>;
}

/** Of everything in a form that is not the file: a few words, and no other file. */
const limits = { files: 1, fields: 16, parts: 17, fieldSize: 4096, headerPairs: 32, headerSize: 8192 };

/** What the parts of a form need beside the bytes of the file. */
const frameBytes = 64 * 1024;

/**
 * Reads a form (RFC 7578) with one file in the field `file`, and hands that on while it arrives, no faster than it is taken. Lengths are
 * counted, whatever a header announces. What was taken is discarded where the rest of the form is no good.
 * @throws {RequestError} 400, 408, 413, 415 or 422, or what `take` throws
 */
export async function readUpload<T extends Discardable>(
  { headers, body }: Pick<RequestView, 'headers' | 'body'>,
  maxBytes: number,
  take: Take<T>,
): Promise<T> {
  const chunks = inTime(body ?? noPieces(), idleUploadMilliseconds, 'each');
  let form: Form<T> | undefined;
  try {
    const announced = headers.get('content-length');
    if (announced !== undefined && Number(announced) > maxBytes + frameBytes) throw tooLarge(maxBytes);
    form = openForm(headers, maxBytes, take);
    await feed(chunks, form, maxBytes);
    return await form.taken;
  } catch (error) {
    await form?.abandon(error);
    await passOver(chunks);
    throw error;
  } finally {
    // Not waited for: it would wait for the next chunk of a sender who may send none.
    void chunks.return().catch(() => undefined);
  }
}

async function* noPieces(): AsyncGenerator<Uint8Array> {}

interface Form<T> {
  readonly parser: BusboyInstance;
  /** Settles when the whole form has been read, or something in it is no good. */
  readonly taken: Promise<T>;
  /** Stops whoever takes the file, and waits until nothing of it is left. */
  abandon(reason: unknown): Promise<void>;
}

function openForm<T extends Discardable>(headers: RequestView['headers'], maxBytes: number, take: Take<T>): Form<T> {
  const parser = createParser(headers);
  let stream: BusboyFileStream | undefined;
  let taking: Promise<T> | undefined;
  const taken = new Promise<T>((resolve, reject) => {
    parser.on('file', (field, arriving, name, _encoding, declaredType) => {
      // Whoever takes the file is told by it; a listener keeps the process alive where nobody does.
      arriving.on('error', () => undefined);
      stream = arriving;
      if (field !== 'file' || name === undefined) {
        reject(notOneFile());
        return;
      }
      taking = take({ name, declaredType, bytes: counted(arriving, maxBytes) });
      taking.catch(reject);
    });
    for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      parser.on(limit, () => reject(notOneFile()));
    }
    parser.on('error', (error) => reject(new BadRequestError('The form cannot be read.', { cause: error })));
    parser.on('finish', () => {
      if (taking === undefined) reject(notOneFile());
      else taking.then(resolve, reject);
    });
  });
  // Whoever feeds the form may end before anybody asks.
  taken.catch(() => undefined);
  return {
    parser,
    taken,
    async abandon(reason) {
      stream?.destroy(reason instanceof Error ? reason : new Error('the form was abandoned', { cause: reason }));
      await taking?.then(
        (file) => file.discard(),
        () => undefined,
      );
    },
  };
}

/** @throws {RequestError} 400 or 415 */
function createParser(headers: RequestView['headers']): BusboyInstance {
  const type = headers.get('content-type') ?? '';
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity' || !/^multipart\/form-data[ \t]*(?:;|$)/i.test(type)) {
    const message = 'Send the file as multipart/form-data in the field "file", without compression.';
    throw new RequestError('UNSUPPORTED_MEDIA_TYPE', { message });
  }
  try {
    // Names are looked at whole: a path in one is a reason to refuse it.
    return new Busboy({ headers: { 'content-type': type }, preservePath: true, limits });
  } catch (error) {
    throw new BadRequestError('The form cannot be read: its type names no boundary.', { cause: error });
  }
}

async function feed(chunks: AsyncIterator<Uint8Array>, form: Form<unknown>, maxBytes: number): Promise<void> {
  const { parser, taken } = form;
  // Whatever is wrong, no more is taken.
  const over = createInterruption(taken);
  let length = 0;
  for (;;) {
    const next = await over.or(chunks.next());
    if (next === undefined) return;
    if (next.done === true) break;
    length += next.value.byteLength;
    if (length > maxBytes + frameBytes) throw tooLarge(maxBytes);
    if (!parser.write(next.value)) await over.or(drained(parser));
  }
  parser.end();
}

function drained(parser: BusboyInstance): Promise<void> {
  return new Promise((resolve) => void parser.once('drain', () => resolve()));
}

async function* counted(stream: BusboyFileStream, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let length = 0;
  for await (const piece of stream as AsyncIterable<Uint8Array>) {
    length += piece.byteLength;
    if (length > maxBytes) throw tooLarge(maxBytes);
    yield piece;
  }
}

function tooLarge(maxBytes: number): RequestError {
  return new RequestError('REQUEST_TOO_LARGE', { message: `The file is larger than ${maxBytes} bytes.` });
}

function notOneFile(): ValidationError {
  return new ValidationError([
    { loc: ['body', 'file'], msg: 'must be one file, with a name, in a field of this name', type: 'file' },
  ]);
}
