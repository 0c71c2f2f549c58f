import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Paths within a folder, and what they will hold. */
export type NewFiles = Readonly<Record<string, string>>;

/**
 * Writes files that are not there yet: all of them, or none.
 * @throws {Error} that lists what is in the way
 */
export function writeNewFiles(directory: string, files: NewFiles): void {
  const inTheWay = Object.keys(files).filter((file) => exists(join(directory, file)));
  if (inTheWay.length > 0) {
    throw new Error(
      `nothing was written, because nothing is overwritten. In the way in ${directory}: ${inTheWay.join(', ')}`,
    );
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    // Fails where the file has come into being since.
    writeFileSync(join(directory, file), text, { flag: 'wx' });
  }
}

/** Also a link that leads nowhere is in the way. */
function exists(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
