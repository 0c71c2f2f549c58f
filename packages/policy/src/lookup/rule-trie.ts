import type { Rule } from '../rules/rule.js';

/** A field of the rules in the order of a trie, and where what a request says of it stands among the lookups. */
export interface PlacedColumn {
  readonly column: TrieColumn;
  readonly place: number;
}

/** A field of the rules, and under which key an index keeps a value of it. */
export interface TrieColumn {
  readonly field: number;
  readonly keyOf: (value: string) => string;
}

/** What a field must be: one key, one of some, anything that a text begins with, or anything at all. */
export type Lookup =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'keys'; readonly keys: Iterable<string> }
  | { readonly kind: 'prefixes'; readonly of: string }
  | { readonly kind: 'all' };

/** So few rules are looked at faster than they are told apart. */
const maxLeaf = 8;

type Node = Rule[] | Branch;

/** Rules told apart by one field. */
class Branch {
  readonly children = new Map<string, Node>();
  /** How long the keys are: which beginnings of a text are worth a look. */
  readonly lengths: number[] = [];

  set(key: string, node: Node): void {
    this.children.set(key, node);
    if (!this.lengths.includes(key.length)) this.lengths.push(key.length);
  }
}

/** Rules by the keys of their fields, one field below the other. */
export class RuleTrie {
  readonly #columns: readonly TrieColumn[];
  readonly #places: readonly number[];
  #root: Node = [];

  constructor(columns: readonly PlacedColumn[]) {
    this.#columns = columns.map(({ column }) => column);
    this.#places = columns.map(({ place }) => place);
  }

  insert(rule: Rule): void {
    this.#root = this.#insert(this.#root, rule, 0);
  }

  #insert(node: Node, rule: Rule, depth: number): Node {
    if (!(node instanceof Branch)) {
      node.push(rule);
      return node.length > maxLeaf && depth < this.#columns.length ? this.#split(node, depth) : node;
    }
    this.#insertBelow(node, rule, depth);
    return node;
  }

  #insertBelow(branch: Branch, rule: Rule, depth: number): void {
    const key = this.#keyOf(rule.values, depth);
    const child = branch.children.get(key);
    const next = this.#insert(child ?? [], rule, depth + 1);
    if (next !== child) branch.set(key, next);
  }

  #split(rules: readonly Rule[], depth: number): Branch {
    const branch = new Branch();
    for (const rule of rules) this.#insertBelow(branch, rule, depth);
    return branch;
  }

  #keyOf(values: readonly string[], depth: number): string {
    const column = this.#columns[depth];
    return column === undefined ? '' : column.keyOf(values[column.field] ?? '');
  }

  /** Adds to `found` all rules that fit, and perhaps some that do not. */
  find(lookups: readonly Lookup[], found: Rule[]): void {
    find(this.#root, { lookups, places: this.#places }, 0, found);
  }

  /** The rule with exactly these values, of those that are wanted. */
  locate(values: readonly string[], isWanted: (rule: Rule) => boolean): Rule | undefined {
    let node: Node | undefined = this.#root;
    for (let depth = 0; node instanceof Branch; depth += 1) node = node.children.get(this.#keyOf(values, depth));
    return node?.find((rule) => isSame(rule, values) && isWanted(rule));
  }
}

interface Wanted {
  readonly lookups: readonly Lookup[];
  readonly places: readonly number[];
}

function find(node: Node | undefined, wanted: Wanted, depth: number, found: Rule[]): void {
  if (node === undefined) return;
  if (!(node instanceof Branch)) {
    for (let index = 0; index < node.length; index += 1) {
      const rule = node[index];
      if (rule !== undefined) found.push(rule);
    }
    return;
  }
  const { children } = node;
  const lookup = wanted.lookups[wanted.places[depth] ?? -1];
  if (lookup === undefined || lookup.kind === 'all') {
    for (const child of children.values()) find(child, wanted, depth + 1, found);
  } else if (lookup.kind === 'key') {
    find(children.get(lookup.key), wanted, depth + 1, found);
  } else if (lookup.kind === 'keys') {
    for (const key of lookup.keys) find(children.get(key), wanted, depth + 1, found);
  } else {
    const { of } = lookup;
    for (const length of node.lengths) {
      if (length <= of.length) {
        find(children.get(length === of.length ? of : of.slice(0, length)), wanted, depth + 1, found);
      }
    }
  }
}

export function isSame(rule: Rule, values: readonly string[]): boolean {
  return rule.values.every((value, index) => value === values[index]);
}
