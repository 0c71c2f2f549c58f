/** How a pattern of a path writes a name for what stands in a segment. */
export interface NameSyntax {
  /** As long as this is in the pattern, there are names in it. */
  readonly mark: '/:' | '/{';
  /** What a name stands for, as a regular expression. */
  readonly value: '[^/]+' | '([^/]+)';
  /** Whether a segment is a name and nothing else. */
  isName(segment: string): boolean;
  /** From where to where the last name goes, which swallows what it can of its segment. */
  findLast(pattern: string): readonly [from: number, to: number] | undefined;
  /** Whether the pattern `*` is for everything; else it is a fault. */
  readonly hasStarAlone: boolean;
}

/** `:name`, up to the end of the segment. */
export const colonNames: NameSyntax = {
  mark: '/:',
  value: '[^/]+',
  isName: (segment) => segment.length > 1 && segment.lastIndexOf(':') === 0,
  findLast(pattern) {
    for (let from = pattern.lastIndexOf(':'); from !== -1; from = lastBefore(pattern, ':', from)) {
      const end = segmentEnd(pattern, from);
      if (end > from + 1) return [from, end];
    }
    return undefined;
  },
  hasStarAlone: true,
};

/** `{name}`, up to the last brace of the segment. */
export const braceNames: NameSyntax = {
  mark: '/{',
  value: '[^/]+',
  isName: (segment) =>
    segment.length > 2 &&
    segment.startsWith('{') &&
    segment.lastIndexOf('{') === 0 &&
    segment.indexOf('}') === segment.length - 1,
  findLast(pattern) {
    for (let from = pattern.lastIndexOf('{'); from !== -1; from = lastBefore(pattern, '{', from)) {
      const close = lastBefore(pattern, '}', segmentEnd(pattern, from));
      if (close > from + 1) return [from, close + 1];
    }
    return undefined;
  },
  hasStarAlone: false,
};

function segmentEnd(pattern: string, from: number): number {
  const slash = pattern.indexOf('/', from);
  return slash === -1 ? pattern.length : slash;
}

/** As lastIndexOf from a place would look at the beginning if that place were -1, it is not asked. */
function lastBefore(pattern: string, sign: string, end: number): number {
  return end === 0 ? -1 : pattern.lastIndexOf(sign, end - 1);
}

/** As Casbin's keyMatch4 has it, which captures: a quantifier after a name means the group. */
export const capturedNames: NameSyntax = { ...braceNames, value: '([^/]+)' };
