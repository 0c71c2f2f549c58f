import { isFreeOfControls } from './control-characters.js';

/**
 * Of all that there are, which: the answer of an authorization backend to whoever asks for a list. The same filter decides about
 * one of them, and is put into the query of the store; the two cannot disagree.
 */
export type Filter =
  | { readonly id: WantedId }
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter };

export type WantedId = { readonly in: readonly string[] } | { readonly startsWith: string };

/** A query takes so many values at once, on every database. */
const maxValues = 10_000;
const maxDepth = 20;

export function matchesFilter(filter: Filter, id: string): boolean {
  if ('id' in filter) return 'in' in filter.id ? filter.id.in.includes(id) : id.startsWith(filter.id.startsWith);
  if ('and' in filter) return filter.and.every((part) => matchesFilter(part, id));
  if ('or' in filter) return filter.or.some((part) => matchesFilter(part, id));
  return !matchesFilter(filter.not, id);
}

/** What all of them let through. */
export function everyFilter(filters: readonly Filter[]): Filter | undefined {
  const [first, second] = filters;
  return second === undefined ? first : { and: filters };
}

/**
 * Reads a filter that user code made: a copy of its own, of nothing but what is understood.
 * @throws {TypeError} if it is none
 */
export function readFilter(value: unknown): Filter {
  const read = { values: 0 };
  const filter = readPart(value, 0, read);
  if (read.values > maxValues) throw new TypeError(`answered a filter of more than ${maxValues} values`);
  return filter;
}

function readPart(value: unknown, depth: number, read: { values: number }): Filter {
  const [name, content] = onlyMember(value);
  if (depth > maxDepth) throw new TypeError(`answered a filter that is nested deeper than ${maxDepth}`);
  if (name === 'not') return Object.freeze({ not: readPart(content, depth + 1, read) });
  if (name === 'and' || name === 'or') {
    if (!Array.isArray(content)) throw new TypeError(`answered a filter whose "${name}" is not a list`);
    const parts = Object.freeze(content.map((part) => readPart(part, depth + 1, read)));
    return Object.freeze(name === 'and' ? { and: parts } : { or: parts });
  }
  if (name === 'id') return Object.freeze({ id: readWanted(content, read) });
  throw new TypeError(`answered a filter with "${name}"; known are id, and, or, not`);
}

function readWanted(value: unknown, read: { values: number }): WantedId {
  const [name, content] = onlyMember(value);
  if (name === 'in' && Array.isArray(content)) {
    read.values += content.length;
    return Object.freeze({ in: Object.freeze(content.map(readText)) });
  }
  if (name === 'startsWith') {
    read.values += 1;
    return Object.freeze({ startsWith: readText(content) });
  }
  throw new TypeError('answered a filter whose "id" has neither "in", a list, nor "startsWith"');
}

function onlyMember(value: unknown): readonly [name: string, content: unknown] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('answered a filter that is not an object');
  }
  const [first, second] = Object.entries(value);
  if (first === undefined || second !== undefined) throw new TypeError('answered a filter without one single member');
  return first;
}

function readText(value: unknown): string {
  if (typeof value === 'string' && isFreeOfControls(value)) return value;
  throw new TypeError('answered a filter with a value that is not a printable text');
}
