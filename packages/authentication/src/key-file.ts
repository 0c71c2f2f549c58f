import { readFileSync, statSync } from 'node:fs';

/**
 * Reads a small text file.
 * @throws {Error} whose message says why it cannot be read, after the file's name: "cannot be read (ENOENT)"
 */
export function readKeyFile(file: string, maxBytes: number): string {
  let bytes: Buffer;
  try {
    // Neither a device nor a pipe: it might never end.
    if (!statSync(file).isFile()) throw new Error('is not a file');
    bytes = readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'not a file';
    throw new Error(`cannot be read (${code})`, { cause: error });
  }
  if (bytes.length > maxBytes) throw new Error(`is larger than ${maxBytes / 1024} KiB`);
  return bytes.toString('utf8');
}
