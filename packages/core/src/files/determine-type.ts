import { fileTypeFromFile } from 'file-type';
import { RequestError } from '../errors.js';
import { canonicalType, isSameKind, isTextType, textTypeOfName } from './known-types.js';

export interface ExaminedFile {
  /** Where its bytes lie. */
  readonly path: string;
  readonly isText: boolean;
  readonly filename: string;
  /** What its sender says that it is. */
  readonly declaredType: string;
}

/** What says nothing about a file. */
const unsaid: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'binary/octet-stream']);

/**
 * The type of a file by its content; its name and what its sender says decide only which kind of text a text is.
 * @throws {RequestError} UNSUPPORTED_MEDIA_TYPE if it is none of the allowed types, or another than it is said to be
 */
export async function determineType(file: ExaminedFile, allowed: readonly string[]): Promise<string> {
  const said = canonicalType(file.declaredType);
  const found = await recognise(file, said);
  if (found === undefined) throw unsupported('The type of the file cannot be recognised', allowed);
  if (!unsaid.has(said) && !isSameKind(said, found)) {
    // What the sender has written may be anything, and so is not repeated.
    throw unsupported(`The file is said to be something else than it is: its content is ${found}`, allowed);
  }
  if (!allowed.includes(found)) throw unsupported(`Files of the type ${found} are not taken`, allowed);
  return found;
}

async function recognise({ path, isText, filename }: ExaminedFile, said: string): Promise<string | undefined> {
  const signature = (await fileTypeFromFile(path))?.mime;
  // The few letters that some formats begin with may begin a sentence too. A PDF may be letters throughout.
  if (!isText || signature === 'application/pdf') return signature && canonicalType(signature);
  return isTextType(said) ? said : textTypeOfName(filename);
}

function unsupported(what: string, allowed: readonly string[]): RequestError {
  const message = `${what}. These are taken: ${allowed.join(', ')}.`;
  return new RequestError('UNSUPPORTED_MEDIA_TYPE', { message });
}
