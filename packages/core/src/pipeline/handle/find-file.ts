import { NotFoundError, UnavailableError, ValidationError } from '../../errors.js';
import type { StoredFile } from '../../stores/file-store.js';
import type { Call } from './call.js';
import type { KeptFiles } from './file-parts.js';

/** Longer texts are read as files: an answer, and a thread, hold texts of a size that a model can read. */
const maxTextBytes = 100 * 1024;

export function isFileId(text: string): boolean {
  return /^[\da-f]{32}$/.test(text);
}

export function fileNotFound(): NotFoundError {
  return new NotFoundError('There is no such file.');
}

/**
 * The file that a call is about: the caller's own.
 * @throws {ValidationError} for what is no id of a file
 * @throws {NotFoundError} for an unused id and for another owner's alike
 */
export async function findFile({ files }: KeptFiles, call: Call): Promise<StoredFile> {
  const fileId = call.resourceId ?? '';
  if (!isFileId(fileId)) {
    const msg = 'must be 32 hexadecimal digits in small letters';
    throw new ValidationError([{ loc: ['path', 'file_id'], msg, type: 'identifier' }]);
  }
  const file = await files.find(call.owner, fileId);
  if (file === undefined) throw fileNotFound();
  return file;
}

/**
 * The bytes of a file. They are opened when they are asked for.
 * @throws {UnavailableError} if its row is there and they are not
 */
export async function readBytes({ vault }: KeptFiles, file: StoredFile): Promise<AsyncIterable<Uint8Array>> {
  if (await vault.has(file.fileId, file.sizeBytes)) return vault.read(file.fileId);
  const reason = `the bytes of the file ${file.fileId} are not in the folder of files: do all processes have the same?`;
  throw new UnavailableError({ reason });
}

/** The text of a file that is one and not too long; null for any other. */
export async function readText(kept: KeptFiles, file: StoredFile): Promise<string | null> {
  const isText = file.mimeType.startsWith('text/') || file.mimeType === 'application/json';
  if (!isText || file.sizeBytes > maxTextBytes) return null;
  const pieces: Uint8Array[] = [];
  for await (const piece of await readBytes(kept, file)) pieces.push(piece);
  return new TextDecoder().decode(Buffer.concat(pieces));
}
