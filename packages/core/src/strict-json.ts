/** Bounds on a JSON text. Each is checked before a value is handed out. */
export interface JsonLimits {
  /** How deep arrays and objects may nest. */
  readonly maxDepth: number;
  /** How many members and elements there may be in all. */
  readonly maxValues: number;
}

/** The text is not JSON, or is JSON that two readers could take for two different values. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';
}

// Assigned to an object, this name would set its prototype.
const prototypeName = '__proto__';

const defaultLimits: JsonLimits = { maxDepth: 64, maxValues: 100_000 };

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;

/**
 * Reads a JSON text as RFC 8259 and I-JSON (RFC 7493 §2.3) have it: duplicate member names are refused, and so are
 * `__proto__`, a byte-order mark, a number that is not finite, and anything beyond the limits.
 * @throws {StrictJsonError} with a reason that repeats nothing of the text but a member's name
 */
export function parseStrictJson(text: string, limits: JsonLimits = defaultLimits): unknown {
  scanStructure(text, limits);
  try {
    return JSON.parse(text, refuseInfinity);
  } catch (error) {
    if (error instanceof StrictJsonError) throw error;
    throw new StrictJsonError('not JSON');
  }
}

/** Reads UTF-8 bytes; bytes that are not UTF-8 are refused, not replaced. */
export function parseStrictJsonBytes(bytes: Uint8Array, limits: JsonLimits = defaultLimits): unknown {
  return parseStrictJson(decodeUtf8(bytes), limits);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new StrictJsonError('not UTF-8');
  }
}

function refuseInfinity(_name: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new StrictJsonError('a number is out of range');
  return value;
}

/**
 * One pass over the text, before it is parsed, that knows just enough of the grammar to see names, nesting and count.
 * It runs before `JSON.parse`, so that a hostile text costs no more than its length.
 */
function scanStructure(text: string, limits: JsonLimits): void {
  /** The names seen in each open object; `undefined` for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let values = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === quote) {
      const end = endOfString(text, index);
      const names = open.at(-1);
      if (names !== undefined && isNameEnd(text, end)) addName(names, text.slice(index, end));
      index = end - 1;
    } else if (character === openBrace || character === openBracket) {
      open.push(character === openBrace ? new Set() : undefined);
      values += 1;
      if (open.length > limits.maxDepth) throw new StrictJsonError(`nested deeper than ${limits.maxDepth} levels`);
    } else if (character === closeBrace || character === closeBracket) {
      open.pop();
    } else if (character === comma) {
      values += 1;
    }
    if (values > limits.maxValues) throw new StrictJsonError(`more than ${limits.maxValues} values`);
  }
}

/** The index after the closing quote. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === backslash) index += 1;
    else if (character === quote) return index + 1;
  }
  throw new StrictJsonError('not JSON');
}

function isNameEnd(text: string, end: number): boolean {
  let index = end;
  while (isWhiteSpace(text.charCodeAt(index))) index += 1;
  return text.charCodeAt(index) === colon;
}

// RFC 8259 §2
function isWhiteSpace(character: number): boolean {
  return character === 0x20 || character === 0x09 || character === 0x0a || character === 0x0d;
}

function addName(names: Set<string>, quoted: string): void {
  let name: string;
  try {
    // Two spellings of one name ("a" and "\u0061") are one name.
    name = String(JSON.parse(quoted));
  } catch {
    throw new StrictJsonError('not JSON');
  }
  if (name === prototypeName) throw new StrictJsonError(`the member name ${JSON.stringify(name)} is not allowed`);
  if (names.has(name)) throw new StrictJsonError(`the member ${JSON.stringify(name.slice(0, 64))} stands twice`);
  names.add(name);
}
