import { PatternError } from './pattern.js';
import { quotePattern } from './quote-pattern.js';

const maxAlternatives = 64;

/** Of all alternatives together: what a match has to look at for each character of the text. */
const maxCharacters = 4096;

/**
 * Writes out `{a,b}`, also one in another. As in a shell, what is empty then is left out.
 * @throws {PatternError} if a brace has no partner or no comma, or there are too many alternatives
 */
export function writeOutAlternatives(pattern: string): readonly string[] {
  if (!/[{}]/.test(pattern)) return [pattern];
  const { texts, end } = readSequence(pattern, 0, false);
  if (end < pattern.length) throw unusualBrace(pattern);
  return [...new Set(texts)].filter((text) => text !== '');
}

/** What is written out, and where the reading stopped: at the end, or at the comma or brace that ends an alternative. */
interface WrittenOut {
  readonly texts: readonly string[];
  readonly end: number;
}

function readSequence(pattern: string, begin: number, isInside: boolean): WrittenOut {
  let texts: readonly string[] = [''];
  let at = begin;
  while (at < pattern.length) {
    const sign = pattern.charAt(at);
    if (sign === '}' || (isInside && sign === ',')) break;
    const part = sign === '{' ? readList(pattern, at) : { texts: [sign], end: at + 1 };
    texts = checkNumber(
      pattern,
      texts.flatMap((text) => part.texts.map((more) => text + more)),
    );
    at = part.end;
  }
  return { texts, end: at };
}

/** From the opening brace on. */
function readList(pattern: string, begin: number): WrittenOut {
  // Only the shell knows ${: minimatch leaves it as it is.
  if (pattern.charAt(begin - 1) === '$') throw unusualBrace(pattern);
  const texts: string[] = [];
  let members = 0;
  let at = begin;
  do {
    const member = readSequence(pattern, at + 1, true);
    texts.push(...member.texts);
    checkNumber(pattern, texts);
    members += 1;
    at = member.end;
  } while (pattern.charAt(at) === ',');
  if (pattern.charAt(at) !== '}' || members < 2) throw unusualBrace(pattern);
  return { texts, end: at + 1 };
}

function checkNumber(pattern: string, texts: readonly string[]): readonly string[] {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (texts.length <= maxAlternatives && characters <= maxCharacters) return texts;
  throw new PatternError(
    `the pattern ${quotePattern(pattern)} has more than ${maxAlternatives} alternatives or ${maxCharacters} characters in them`,
    'Write several rules.',
  );
}

function unusualBrace(pattern: string): PatternError {
  return new PatternError(
    `the pattern ${quotePattern(pattern)} has a brace that is not of the form {a,b}`,
    'Write all alternatives, with commas between them.',
  );
}
