import { statSync } from 'node:fs';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { addressFilesOf, secretFilesOf } from '../reload/configuration-digest.js';

/** POSIX: others may read it. */
const readableByOthers = 0o004;

/**
 * Files of keys and secrets that every user of the machine can read, a line each. Where a mount decides about modes it may be as well as it can
 * be, so it is told, and refused nowhere. Not of the file of variables, which is a developer's, nor of public keys.
 */
export function describeOpenSecretFiles(loaded: LoadedConfiguration): readonly string[] {
  const files = new Set([...secretFilesOf(loaded, { withPublicKeys: false }), ...addressFilesOf(loaded)]);
  return [...files].flatMap((file) => {
    if (file === loaded.environmentFile || !isReadableByOthers(file)) return [];
    return [
      `the secret's file ${file} can be read by every user of this machine. Take that from them: chmod o-rwx ${file}`,
    ];
  });
}

function isReadableByOthers(file: string): boolean {
  try {
    return (statSync(file).mode & readableByOthers) !== 0;
  } catch {
    return false;
  }
}
