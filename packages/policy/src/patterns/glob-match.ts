import { writeOutAlternatives } from './glob-alternatives.js';
import { matchesGlobPath, readGlobPath, splitAtSlashes } from './glob-path.js';
import { lineBreak } from './line-break.js';
import { PatternError, type ReadPattern } from './pattern.js';
import { checkLength } from './pattern-length.js';
import { quotePattern } from './quote-pattern.js';

const refused: readonly (readonly [construct: RegExp, what: string])[] = [
  [/^!/, 'a ! at the beginning, which turns it round'],
  [/^#/, 'a # at the beginning, which makes it a comment'],
  [/\\/, 'a backslash'],
  [lineBreak, 'a line break'],
];

/**
 * Paths as a shell writes them: `*` and `?` stay between two slashes, `**` goes over them, `[a-z]` is one character, `{a,b}`
 * one of several texts. None of them but `{a,b}` is for a dot at the beginning of a segment. Several slashes are one.
 */
export const readGlobMatch: ReadPattern = (pattern) => {
  checkLength(pattern);
  // Casbin does so, for which a star before the first slash is for nothing.
  const glob = pattern.startsWith('*/') ? pattern.slice(1) : pattern;
  for (const [construct, what] of refused) if (construct.test(glob)) throw refusal(pattern, what);
  if (glob === '') return { prefix: '', matches: (text) => text === '' };
  const alternatives = writeOutAlternatives(glob);
  if (alternatives.some((one) => splitAtSlashes(one).includes('..'))) throw refusal(pattern, 'the segment ".."');
  const paths = alternatives.map(readGlobPath);
  return {
    prefix: prefixOf(glob),
    matches(text) {
      const segments = splitAtSlashes(text);
      return paths.some((path) => matchesGlobPath(path, segments));
    },
  };
};

/** Not beyond the first slash: there may be several of them in the text. */
function prefixOf(glob: string): string {
  return /^[^*?[{/]*\/?/.exec(glob)?.[0] ?? '';
}

function refusal(pattern: string, what: string): PatternError {
  return new PatternError(
    `the pattern ${quotePattern(pattern)} has ${what}`,
    'Write what is meant without it; a sign that stands for itself goes in brackets, as [*].',
  );
}
