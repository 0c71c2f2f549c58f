import { readFile, stat } from 'node:fs/promises';
import { lineErrors, type NamedFile } from './policy-fault.js';

/** 5,000 rules are a quarter of a megabyte. */
const maxFileBytes = 16 * 1024 * 1024;

/**
 * Reads a file of UTF-8 with the line ends of Unix, and nothing else: what an editor hides must not decide.
 * @throws {ConfigurationError}
 */
export async function readText(path: string, file: NamedFile): Promise<string> {
  const refuse = (message: string, remedy: string, line?: number) => lineErrors(file, [{ line, message, remedy }]);
  let bytes: Buffer;
  try {
    const found = await stat(path);
    // A pipe would be waited for, for as long as nobody writes into it.
    if (!found.isFile()) throw refuse('this is not a file', 'Name a file: a folder or a pipe cannot be read again.');
    if (found.size > maxFileBytes)
      throw refuse('the file has more than 16 MiB', 'Write rules for roles, not for each user.');
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    if (code === 'ENOENT') throw refuse('the file does not exist', 'Paths start at the folder of the configuration.');
    throw refuse(`the file cannot be read (${code})`, 'Let the user that the server runs as read it.');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('the file is not UTF-8', 'Save it as UTF-8.');
  }
  if (text.startsWith('\ufeff')) throw refuse('there is a byte order mark', 'Save the file as UTF-8 without BOM.', 1);
  const carriageReturn = text.indexOf('\r');
  if (carriageReturn === -1) return text;
  const line = text.slice(0, carriageReturn).split('\n').length;
  throw refuse('there is a carriage return', 'Save the file with the line ends of Unix (LF).', line);
}
