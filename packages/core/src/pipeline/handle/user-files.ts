import type { ReadUserFile } from '../../files/files-of-run.js';
import type { Call } from './call.js';
import type { KeptFiles } from './file-parts.js';
import { isFileId, readBytes } from './find-file.js';

/** What a graph reads of its caller's files, while it runs: asked for anew each time. */
export function readUserFiles({ owner, mayOn }: Pick<Call, 'owner' | 'mayOn'>, kept: KeptFiles): ReadUserFile {
  return async (fileId) => {
    if (!isFileId(fileId) || !(await mayOn('files:read', fileId))) return undefined;
    const file = await kept.files.find(owner, fileId);
    if (file === undefined) return undefined;
    const pieces: Uint8Array[] = [];
    for await (const piece of await readBytes(kept, file)) pieces.push(piece);
    const { filename, mimeType } = file;
    return { fileId, filename, mimeType, bytes: Buffer.concat(pieces) };
  };
}
