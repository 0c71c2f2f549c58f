import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigurationError } from '@agentflow/core';
import type { Environment } from '../configuration/environment.js';

/** An address that may hold a password, and the variable that it was found by. */
export interface FoundUrl {
  readonly url: string;
  readonly source: string;
}

const fileRemedy = 'Correct the path, which starts in the folder of the configuration, or remove the variable.';

/**
 * `NAME`, else what stands in the file that `NAME_FILE` names.
 * @throws {ConfigurationError} if that cannot be read
 */
export function readUrlVariable(name: string, environment: Environment, directory: string): FoundUrl | undefined {
  const url = environment[name];
  if (url !== undefined && url !== '') return { url, source: name };
  const source = `${name}_FILE`;
  const file = environment[source];
  if (file === undefined || file === '') return undefined;
  try {
    return { url: readFileSync(resolve(directory, file), 'utf8').trim(), source };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new ConfigurationError([
      { path: [], message: `the file that ${source} names cannot be read (${code})`, remedy: fileRemedy },
    ]);
  }
}
