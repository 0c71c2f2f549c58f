import type { UnitSet } from './unit-set.js';

/** A piece of a regular expression that means the same to every engine. */
export type RegexToken =
  /** One code unit out of a set. */
  | { readonly kind: 'one'; readonly of: UnitSet }
  | { readonly kind: 'begin' | 'end' | 'boundary' | 'noBoundary' }
  | { readonly kind: 'open'; readonly captures: boolean }
  | { readonly kind: 'close' | 'or' }
  /** How often the last one or the last group may stand; the most may be Infinity. */
  | { readonly kind: 'repeat'; readonly least: number; readonly most: number };
