import { isLineBreak, lineBreak } from './line-break.js';
import type { NameSyntax } from './name-syntax.js';
import { maxPatternLength } from './pattern-length.js';

/**
 * A pattern of a path that holds texts, dots (each for any character but a line break), names that are whole segments, and
 * stars that are whole segments. Between its stars there are blocks: texts with a name between one and the next, which
 * begins with a slash or is empty.
 */
export type PlainPath = readonly Block[];
type Block = readonly string[];

/** Signs of a regular expression, but for the dot. */
const sign = /[\\^$+?()[\]{}|*]/;

/** @returns undefined if the pattern holds more than that */
export function readPlainPath(pattern: string, syntax: NameSyntax): PlainPath | undefined {
  if (pattern === '*' && syntax.hasStarAlone) return [[''], ['']];
  let block: string[] = [];
  const path = [block];
  let begin = 0;
  for (let slash = pattern.indexOf('/'); slash !== -1; ) {
    const next = pattern.indexOf('/', slash + 1);
    const end = next === -1 ? pattern.length : next;
    const isStar = end === slash + 2 && pattern.startsWith('*', slash + 1);
    if (isStar || (pattern.startsWith(syntax.mark, slash) && syntax.isName(pattern.slice(slash + 1, end)))) {
      block.push(pattern.slice(begin, slash + 1));
      begin = end;
    }
    if (isStar) {
      block = [];
      path.push(block);
    }
    slash = next;
  }
  block.push(pattern.slice(begin));
  const hasNames = pattern.includes(syntax.mark);
  if (path.some((texts) => texts.some((text) => !isPlainText(text, syntax, hasNames)))) return undefined;
  return hasStarInside(path) && pattern.length > maxPatternLength ? undefined : path;
}

/** A colon is itself, unless there are names elsewhere: then it depends on what comes after whether it begins one. */
function isPlainText(text: string, { mark }: NameSyntax, hasNames: boolean): boolean {
  return !sign.test(text) && !(hasNames && mark === '/:' && text.includes(':'));
}

/** Whether there is a star that is not the last thing: then it takes time in proportion to text and pattern. */
export function hasStarInside(path: PlainPath): boolean {
  return path.length > 2 || (path.length === 2 && !isEmpty(path[1]));
}

export function prefixOfPlainPath([first]: PlainPath): string {
  const text = first?.[0] ?? '';
  const dot = text.indexOf('.');
  return dot === -1 ? text : text.slice(0, dot);
}

/** What the names of a path without a star inside stand for; undefined if the text does not match. */
export function valuesInPlainPath([first = [], open]: PlainPath, text: string): readonly string[] | undefined {
  const values: string[] = [];
  const end = endOfBlock(first, text, 0, values);
  const fits = open === undefined ? end === text.length : end !== -1 && isFreeOfLineBreaks(text, end);
  return fits ? values : undefined;
}

export function matchesPlainPath(path: PlainPath, text: string): boolean {
  const end = endOfBlock(path[0] ?? [], text, 0);
  if (path.length === 1 || end === -1) return end === text.length;
  let ends = [end];
  for (const block of path.slice(1, -1)) ends = endsAfterStar(block, text, ends);
  const last = path.at(-1) ?? [];
  // The last of the places leaves least for a star at the end.
  if (isEmpty(last)) return ends.length > 0 && isFreeOfLineBreaks(text, ends.at(-1) ?? 0);
  return endsAfterStar(last, text, ends).at(-1) === text.length;
}

/** Where a block can end that begins wherever a star, which does not pass a line break, leads to. In ascending order. */
function endsAfterStar(block: Block, text: string, begins: readonly number[]): number[] {
  const ends: number[] = [];
  let next = 0;
  for (const begin of begins) {
    // Where the star came by from an earlier beginning, all has been tried.
    if (begin < next) continue;
    for (next = begin; next <= text.length; next += 1) {
      const end = endOfBlock(block, text, next);
      if (end !== -1) ends.push(end);
      if (isLineBreak(text.charCodeAt(next))) break;
    }
    next += 1;
  }
  return ends;
}

/** Where a block ends that begins at a place; -1 if it does not fit there. */
function endOfBlock(block: Block, text: string, begin: number, values?: string[]): number {
  let at = begin;
  for (let index = 0; index < block.length; index += 1) {
    if (index > 0) {
      const slash = text.indexOf('/', at);
      const end = slash === -1 ? text.length : slash;
      if (end === at) return -1;
      values?.push(text.slice(at, end));
      at = end;
    }
    const part = block[index] ?? '';
    if (!text.startsWith(part, at) && !fitsWithDots(part, text, at)) return -1;
    at += part.length;
  }
  return at;
}

function fitsWithDots(part: string, text: string, begin: number): boolean {
  if (!part.includes('.') || text.length - begin < part.length) return false;
  for (let index = 0; index < part.length; index += 1) {
    const isFitting = part.startsWith('.', index)
      ? !isLineBreak(text.charCodeAt(begin + index))
      : part.charCodeAt(index) === text.charCodeAt(begin + index);
    if (!isFitting) return false;
  }
  return true;
}

function isFreeOfLineBreaks(text: string, from: number): boolean {
  return !lineBreak.test(text.slice(from));
}

const isEmpty = (block: Block | undefined) => block?.length === 1 && block[0] === '';
