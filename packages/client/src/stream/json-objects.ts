import { ProtocolError } from '../errors/error-classes.js';

const quote = 0x22;
const backslash = 0x5c;
const opening = 0x7b;
const closing = 0x7d;

/**
 * Reads JSON objects from a text that arrives in pieces: on lines, or glued together, cut anywhere, with or without a newline at the
 * end. Every character is looked at once.
 */
export class JsonObjects {
  /** What has arrived of the object that is being read. */
  #pieces: string[] = [];
  #depth = 0;
  #isInText = false;
  #isEscaped = false;

  /** @throws {ProtocolError} for what is no object, or no JSON */
  *push(text: string): Generator<unknown, void, undefined> {
    let start = this.#depth > 0 ? 0 : -1;
    for (let index = 0; index < text.length; index += 1) {
      const character = text.charCodeAt(index);
      if (this.#depth === 0) {
        if (character !== opening) {
          if (isSpace(character)) continue;
          throw malformed(text.slice(index, index + 40));
        }
        start = index;
      }
      if (!this.#step(character)) continue;
      this.#pieces.push(text.slice(start, index + 1));
      yield this.#take();
      start = -1;
    }
    if (start >= 0) this.#pieces.push(text.slice(start));
  }

  /** Whether the character ends the object. */
  #step(character: number): boolean {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#isInText) {
      if (character === backslash) this.#isEscaped = true;
      else if (character === quote) this.#isInText = false;
    } else if (character === quote) this.#isInText = true;
    else if (character === opening) this.#depth += 1;
    else if (character === closing) {
      this.#depth -= 1;
      return this.#depth === 0;
    }
    return false;
  }

  #take(): unknown {
    const text = this.#pieces.join('');
    this.#pieces = [];
    try {
      return JSON.parse(text);
    } catch {
      throw malformed(text.slice(0, 40));
    }
  }
}

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09 || character === 0xfeff;
}

function malformed(text: string): ProtocolError {
  return new ProtocolError(`The stream holds what is no chunk: ${JSON.stringify(text)}`, { code: 'MALFORMED_STREAM' });
}
