import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type KeptSession, SessionStoreError } from '@agentflow/client';
import { parseStrictJson } from '@agentflow/core';

type Environment = Readonly<Record<string, string | undefined>>;

/** Of each server, by its address, the session that somebody has there. */
export type Credentials = ReadonlyMap<string, KeptSession>;

/** The file, or its folder, is not its owner's alone. */
export class ExposedFileError extends SessionStoreError {
  override readonly name = 'ExposedFileError';
}

/** Where credentials lie (XDG Base Directory Specification: a relative path does not count). */
export function credentialsPath(environment: Environment): string {
  const named = environment['XDG_CONFIG_HOME'];
  const folder = named?.startsWith('/') === true ? named : join(homedir(), '.config');
  return join(folder, 'agentflow', 'credentials.json');
}

/**
 * Nothing where there is no file.
 * @throws {ExposedFileError} where others can read it, or it is somebody else's
 * @throws {SessionStoreError} where it is not such a file
 */
export function readCredentials(file: string): Credentials {
  const text = readOwn(file);
  if (text === undefined) return new Map();
  try {
    const { servers } = parseStrictJson(text) as { readonly servers: Readonly<Record<string, KeptSession>> };
    return new Map(Object.entries(servers));
  } catch {
    // What a parser says repeats what it has read.
    throw new SessionStoreError(`${file} is not what "agentflow login" writes: remove it, and sign in again`);
  }
}

/** All of it or nothing: whoever reads it meanwhile has the one or the other. */
export function writeCredentials(file: string, credentials: Credentials): void {
  prepareFolder(file);
  const draft = `${file}.${process.pid}.tmp`;
  const text = `${JSON.stringify({ servers: Object.fromEntries(credentials) }, null, 2)}\n`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** A folder of ours that others may look into is closed; a file that they could read is not trusted any more. */
export function prepareFolder(file: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((lstatSync(folder).mode & 0o077) !== 0 && process.platform !== 'win32') chmodSync(folder, 0o700);
}

function readOwn(file: string): string | undefined {
  const facts = lstatSync(file, { throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  if (!facts.isFile()) throw new ExposedFileError(`${file} is no file of its own`);
  // On Windows, the rights of the folder of its user.
  if (process.platform !== 'win32') {
    const isForeign = process.getuid !== undefined && facts.uid !== process.getuid();
    if (isForeign) throw new ExposedFileError(`${file} belongs to another user of this machine`);
    if ((facts.mode & 0o077) !== 0) {
      throw new ExposedFileError(
        `others on this machine can read ${file}: sign out everywhere, since they may have, then: chmod 600 ${file}`,
      );
    }
  }
  return readFileSync(file, 'utf8');
}
