/** What a field of a request must be, for something to be allowed; or true or false, where that does not matter. */
export type Condition =
  | boolean
  | { readonly field: number; readonly in: readonly string[] }
  | { readonly field: number; readonly startsWith: string }
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] }
  | { readonly not: Condition };

export function allOf(parts: readonly Condition[]): Condition {
  const open = parts.filter((part) => part !== true);
  if (open.includes(false)) return false;
  const [first = true, second] = open;
  return second === undefined ? first : { and: open };
}

/** Names of one field come together in one list. */
export function anyOf(parts: readonly Condition[]): Condition {
  const names = new Map<number, Set<string>>();
  const open: Condition[] = [];
  for (const part of parts) {
    if (part === true) return true;
    if (part === false) continue;
    if ('in' in part) {
      const known = names.get(part.field) ?? new Set();
      for (const name of part.in) known.add(name);
      names.set(part.field, known);
    } else open.push(part);
  }
  for (const [field, known] of names) open.unshift({ field, in: [...known] });
  const [first = false, second] = open;
  return second === undefined ? first : { or: open };
}

export function noneOf(part: Condition): Condition {
  if (typeof part === 'boolean') return !part;
  return 'not' in part ? part.not : { not: part };
}
