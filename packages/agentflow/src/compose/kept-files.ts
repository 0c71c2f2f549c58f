import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError, defaultFileTypes, type FileRules, recognisableTypes, suggest } from '@agentflow/core';
import type { Configuration } from '../configuration/schema.js';

type FilesConfiguration = Configuration['files'];

export interface FilePlaces {
  /** The folder of the configuration. */
  readonly directory: string;
  readonly dataDirectory: string;
  /** Makes nothing. */
  readonly isTrial: boolean;
}

/** @throws {ConfigurationError} if a type is none that can be recognised */
export function readFileRules({
  max_size: maxBytes,
  quota: quotaBytes,
  types,
  url_ttl: linkSeconds,
}: FilesConfiguration): FileRules {
  const faults = (types ?? []).flatMap((type, index) => {
    if (recognisableTypes.has(type)) return [];
    const message = `files of the type ${JSON.stringify(type)} cannot be recognised by their content`;
    return [{ path: ['files', 'types', index], message, remedy: suggest(type, [...recognisableTypes]) }];
  });
  if (faults.length > 0) throw new ConfigurationError(faults);
  return { maxBytes, quotaBytes, linkSeconds, types: types ?? defaultFileTypes };
}

/**
 * The folder in which the bytes of files lie: made for the owner only, if it is not there.
 * @throws {ConfigurationError} if it cannot be used
 */
export function openFilesDirectory({ directory: chosen }: FilesConfiguration, places: FilePlaces): string {
  const folder = chosen === undefined ? join(places.dataDirectory, 'files') : resolve(places.directory, chosen);
  try {
    if (!places.isTrial) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const there = nearest(folder);
    if (!statSync(there).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    accessSync(there, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigurationError([
      {
        path: chosen === undefined ? [] : ['files', 'directory'],
        message: `the folder ${folder}, where files are kept, cannot be used (${code})`,
        remedy: 'Let this user write there, or name another folder in "files.directory".',
      },
    ]);
  }
  return folder;
}

/** The folder itself, or the one above it in which it would be made. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
