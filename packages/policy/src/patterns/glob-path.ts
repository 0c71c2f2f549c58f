import { type MatchSegment, readGlobSegment } from './glob-segment.js';

/** Segments of a glob without braces, from one `**` to the next: at least one list, and one more for each `**`. */
export type GlobPath = readonly (readonly MatchSegment[])[];

export function readGlobPath(glob: string): GlobPath {
  let section: MatchSegment[] = [];
  const sections = [section];
  let last = '';
  for (const segment of splitAtSlashes(glob)) {
    if (segment !== '**') section.push(readGlobSegment(segment));
    else if (last !== '**') {
      section = [];
      sections.push(section);
    }
    last = segment;
  }
  return sections;
}

/** To minimatch, several slashes are one. */
export function splitAtSlashes(path: string): readonly string[] {
  return path.split(/\/+/);
}

/** @param segments of the text */
export function matchesGlobPath(path: GlobPath, segments: readonly string[]): boolean {
  const [head = [], ...sections] = path;
  if (!fits(head, segments, 0)) return false;
  const tail = sections.pop();
  if (tail === undefined) return isEnd(segments, head.length);
  const tailBegin = beginOfTail(tail, segments);
  if (tailBegin === undefined || tailBegin < head.length) return false;
  let at: number | undefined = head.length;
  for (const section of sections) {
    at = findSection(section, segments, at, tailBegin);
    if (at === undefined) return false;
  }
  // A ** at the end stands for something; one before other segments may stand for nothing.
  return (tail.length > 0 || at < segments.length) && isPassable(segments, at, tailBegin);
}

/** Where what comes after the last `**` begins. It reaches the end, or the slash that ends the text. */
function beginOfTail(tail: readonly MatchSegment[], segments: readonly string[]): number | undefined {
  const ends = segments.at(-1) === '' && tail.length > 0 ? [segments.length, segments.length - 1] : [segments.length];
  return ends.map((end) => end - tail.length).find((begin) => begin >= 0 && fits(tail, segments, begin));
}

/**
 * Where the first place ends at which the section stands. No later place would do better: a `**` that leads to one passes
 * the segments of the first, so none of those begins with a dot, and the `**` after it can pass them too.
 */
function findSection(
  section: readonly MatchSegment[],
  segments: readonly string[],
  from: number,
  limit: number,
): number | undefined {
  for (let begin = from; begin + section.length <= limit; begin += 1) {
    if (fits(section, segments, begin)) return begin + section.length;
    if (!isPassable(segments, begin, begin + 1)) return undefined;
  }
  return undefined;
}

function fits(section: readonly MatchSegment[], segments: readonly string[], begin: number): boolean {
  return section.every((matches, index) => {
    const segment = segments[begin + index];
    return segment !== undefined && matches(segment);
  });
}

/** Whether `**` may stand for these segments. */
function isPassable(segments: readonly string[], begin: number, end: number): boolean {
  return segments.slice(begin, end).every((segment) => !segment.startsWith('.'));
}

/** A slash at the end of the text makes no difference. */
function isEnd(segments: readonly string[], at: number): boolean {
  return at === segments.length || (at === segments.length - 1 && segments[at] === '');
}
