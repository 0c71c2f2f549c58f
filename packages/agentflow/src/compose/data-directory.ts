import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '@agentflow/core';

/** Where it lies, whether it is there or not. */
export function dataDirectoryOf(directory: string): string {
  return join(directory, '.agentflow');
}

/**
 * `.agentflow/` beside the configuration: database, caches, a laptop's secret. Owner only, and git does not see it.
 * @throws {ConfigurationError} if it cannot be made
 */
export function openDataDirectory(directory: string): string {
  const data = dataDirectoryOf(directory);
  usable(data, () => {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const ignore = join(data, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  });
  return data;
}

/**
 * The same for a mere validation: makes nothing.
 * @throws {ConfigurationError} if it could not be made
 */
export function probeDataDirectory(directory: string): string {
  const data = dataDirectoryOf(directory);
  usable(data, () => {
    const exists = existsSync(data);
    if (exists && !statSync(data).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'EEXIST' });
    accessSync(exists ? data : directory, constants.W_OK);
  });
  return data;
}

function usable(data: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const message = `the folder ${data}, where the data are kept, cannot be used (${code})`;
    const remedy = 'Let this user write into the folder of the configuration, or remove what is in the way.';
    throw new ConfigurationError([{ path: [], message, remedy }]);
  }
}
