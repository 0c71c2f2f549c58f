import { randomBytes } from 'node:crypto';
import { formatByteSize } from '../../byte-size.js';
import { BadRequestError, RequestError, ValidationError } from '../../errors.js';
import { determineType } from '../../files/determine-type.js';
import { fileNameFault } from '../../files/file-name.js';
import { TextCheck } from '../../files/text-check.js';
import type { StoredFile } from '../../stores/file-store.js';
import type { FileVault } from '../../stores/file-vault.js';
import type { IncomingFile } from '../read/read-upload.js';
import type { Call } from './call.js';
import type { FileParts } from './file-parts.js';
import { RoomTaken } from './room-taken.js';
import { underLease } from './under-lease.js';

/**
 * Takes an uploaded file in: its bytes first, to a place where nobody finds them; then, once they are known to be what is taken, to theirs;
 * then its row, from which on there is a file. Whatever goes wrong before, nothing is left.
 * @throws {RequestError}
 */
export function createUploader({ files, vault, rules, log, clock }: FileParts) {
  const arriving = new RoomTaken();

  return async function upload(call: Call): Promise<StoredFile> {
    const { owner } = call;
    const left = rules.quotaBytes - (await files.usedBytes(owner));
    if (left <= 0) throw noRoom(rules.quotaBytes);
    const place = arriving.begin(owner, left);
    try {
      const received = await call.receiveUpload(rules.maxBytes, (incoming) =>
        take({ ...incoming, bytes: underLease(() => call.openLease(), incoming.bytes) }, vault, (bytes) => {
          if (!place.add(bytes)) throw noRoom(rules.quotaBytes);
        }),
      );
      try {
        if (received.sizeBytes === 0) throw new BadRequestError('The file is empty.');
        const mimeType = await determineType(received, rules.types);
        const { filename, sizeBytes, sha256 } = received;
        const file = { fileId: randomBytes(16).toString('hex'), filename, mimeType, sizeBytes, sha256 };
        await received.keep(file.fileId);
        if (!(await files.add(owner, file, rules.quotaBytes))) throw noRoom(rules.quotaBytes);
        return { ...file, createdAt: clock.now() };
      } catch (error) {
        await received.discard().catch((left: unknown) => log.warn({ error: left }, 'an upload was not cleared away'));
        throw error;
      }
    } finally {
      place.end();
    }
  };
}

/** @throws {ValidationError} if its name is none */
async function take({ name, declaredType, bytes }: IncomingFile, vault: FileVault, count: (bytes: number) => void) {
  const filename = unescapeName(name).normalize('NFC');
  const fault = fileNameFault(filename);
  if (fault !== undefined) {
    throw new ValidationError([{ loc: ['body', 'file', 'filename'], msg: fault, type: 'filename' }]);
  }
  const text = new TextCheck();
  async function* watched() {
    for await (const piece of bytes) {
      count(piece.byteLength);
      text.push(piece);
      yield piece;
    }
  }
  const received = await vault.receive(watched());
  return { ...received, filename, declaredType, isText: text.isText() };
}

/** In a form, browsers write a quote and the ends of lines so (HTML, "multipart/form-data encoding algorithm"). */
function unescapeName(name: string): string {
  return name.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
}

/**
 * 413: it cannot be taken as it is, and to try again changes nothing. 409 and 503 would say that it may be tried again, and 507 speaks of
 * the server's own room.
 */
function noRoom(quotaBytes: number): RequestError {
  const message = `The file does not fit in: your files may have ${formatByteSize(quotaBytes)} together. Delete some first.`;
  return new RequestError('REQUEST_TOO_LARGE', { message });
}
