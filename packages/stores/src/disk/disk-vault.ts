import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock, FileVault, ReceivedFile } from '@agentflow/core';

/** Owner only: here lies what people have uploaded. */
const privateFile = 0o600;
const privateFolder = 0o700;

/** Where bytes lie until they are all there. No folder of ids has such a name. */
const arriving = 'arriving';

/** Of an empty folder that says which database has rows of what lies here. */
const claimPrefix = 'of-';

/** Longer than any upload takes; whatever is younger may be in somebody's hands. */
const leftBehindAfterMilliseconds = 60 * 60 * 1000;

const idForm = /^[\da-f]{32}$/;

/**
 * Files in a folder: `ab/abcdef…`, by an id of our own and nothing else. What several processes keep rows of in one database must lie in
 * one folder that all of them see.
 */
export function createDiskVault(directory: string, clock: Clock): FileVault {
  const placeOf = (fileId: string) => {
    if (!idForm.test(fileId)) throw new Error('not the id of a file');
    return join(directory, fileId.slice(0, 2), fileId);
  };

  return {
    async receive(bytes) {
      await mkdir(join(directory, arriving), { recursive: true, mode: privateFolder });
      const path = join(directory, arriving, randomBytes(16).toString('hex'));
      try {
        return receivedAt(path, await write(path, bytes), placeOf);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },

    async has(fileId, sizeBytes) {
      try {
        return (await stat(placeOf(fileId))).size === sizeBytes;
      } catch (error) {
        if (isAbsence(error)) return false;
        throw error;
      }
    },

    async *read(fileId) {
      yield* createReadStream(placeOf(fileId)) as AsyncIterable<Uint8Array>;
    },

    async delete(fileId) {
      await rm(placeOf(fileId), { force: true });
    },

    async claim(database) {
      if (!idForm.test(database)) throw new Error('not the id of a database');
      await mkdir(join(directory, `${claimPrefix}${database}`), { recursive: true, mode: privateFolder });
      const claims = (await namesIn(directory)).filter((name) => name.startsWith(claimPrefix));
      return claims.length === 1;
    },

    async sweep(known) {
      const before = clock.now() - leftBehindAfterMilliseconds;
      for (const name of await namesIn(directory)) {
        const folder = join(directory, name);
        if (name === arriving) await removeOld(folder, await namesIn(folder), before);
        if (!/^[\da-f]{2}$/.test(name)) continue;
        const ids = (await namesIn(folder)).filter((id) => idForm.test(id));
        const kept = await known(ids);
        await removeOld(
          folder,
          ids.filter((id) => !kept.has(id)),
          before,
        );
      }
    },
  };
}

type Written = Pick<ReceivedFile, 'sizeBytes' | 'sha256'>;

function receivedAt(path: string, written: Written, placeOf: (fileId: string) => string): ReceivedFile {
  let place = path;
  return {
    ...written,
    path,
    async keep(fileId) {
      const kept = placeOf(fileId);
      await mkdir(dirname(kept), { recursive: true, mode: privateFolder });
      await rename(path, kept);
      place = kept;
      await flushFolder(dirname(kept));
    },
    discard: () => rm(place, { force: true }),
  };
}

/** Each piece is on its way to the disk before the next is asked for; all are safe when this resolves. */
async function write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<Written> {
  const file = await open(path, 'wx', privateFile);
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const piece of bytes) {
      hash.update(piece);
      sizeBytes += piece.byteLength;
      await writeAll(file, piece);
    }
    await file.sync();
    return { sizeBytes, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  let written = 0;
  while (written < piece.byteLength) written += (await file.write(piece, written)).bytesWritten;
}

/** A name is safe when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeOld(folder: string, names: readonly string[], before: number): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < before) await rm(path, { force: true });
  }
}

/** Of a folder that need not be there. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
