import { BucketMap } from '../bucket-map.js';
import type { CompiledModel } from '../compiled-model.js';
import { byPriority } from '../merge.js';
import type { Rule } from '../rules/rule.js';
import type { CompiledColumn, CompiledPath } from './compile-access.js';
import { isSame, type Lookup, RuleTrie } from './rule-trie.js';

/** An access path with its columns in the order that tells rules apart best. */
interface Route {
  readonly columns: readonly CompiledColumn[];
  readonly trie: RuleTrie;
}

/** So many rules tell how different the values of a column are. */
const sampleSize = 1_000;

/** The first rule of each effect, by priority and place. */
type FirstRules = ReadonlyMap<Rule['effect'], Rule>;

function noteFirst(firsts: Map<Rule['effect'], Rule>, rule: Rule): void {
  const first = firsts.get(rule.effect);
  if (first === undefined || byPriority(rule, first)) firsts.set(rule.effect, rule);
}

/** Rules with an index for each access path, filled once. */
class RuleIndex {
  readonly rules: Rule[] = [];
  readonly firsts = new Map<Rule['effect'], Rule>();
  readonly #routes: readonly (Route | undefined)[];

  /** @param sample some of the rules that it will hold */
  constructor({ paths }: CompiledModel, sample: readonly Rule[]) {
    this.#routes = paths.map((path) => (path.looksAtRules ? createRoute(path, sample) : undefined));
  }

  insert(rule: Rule): void {
    this.rules.push(rule);
    noteFirst(this.firsts, rule);
    for (const route of this.#routes) route?.trie.insert(rule);
  }

  find(path: number, lookups: readonly Lookup[], found: Rule[]): void {
    this.#routes[path]?.trie.find(lookups, found);
  }

  locate(values: readonly string[], isWanted: (rule: Rule) => boolean): Rule | undefined {
    const route = this.#routes.find((one) => one !== undefined && one.columns.length > 0);
    if (route !== undefined) return route.trie.locate(values, isWanted);
    return this.rules.find((rule) => isSame(rule, values) && isWanted(rule));
  }
}

type RemovedRules = BucketMap<Rule, true>;

/** Rules with their index, but for those that were removed. It never changes: one without some more shares the index with it. */
export class Segment {
  readonly #index: RuleIndex;
  readonly #removed: RemovedRules;
  /** Undefined where one of them was removed, until somebody asks for those that came after it. */
  #firsts: FirstRules | undefined;

  private constructor(index: RuleIndex, removed: RemovedRules, firsts: FirstRules | undefined) {
    this.#index = index;
    this.#removed = removed;
    this.#firsts = firsts;
  }

  /** Made in parts: the generator yields after each rule. */
  static *build(model: CompiledModel, rules: readonly Rule[]): Generator<void, Segment> {
    const index = new RuleIndex(model, rules);
    for (const rule of rules) {
      index.insert(rule);
      yield;
    }
    return new Segment(index, BucketMap.empty(positionOf), index.firsts);
  }

  static of(model: CompiledModel, rules: readonly Rule[]): Segment {
    const index = new RuleIndex(model, rules);
    for (const rule of rules) index.insert(rule);
    return new Segment(index, BucketMap.empty(positionOf), index.firsts);
  }

  /** How many rules are left. */
  get size(): number {
    return this.#index.rules.length - this.#removed.size;
  }

  /** How many rules its index still holds that were removed. */
  get removed(): number {
    return this.#removed.size;
  }

  without(rules: readonly Rule[]): Segment {
    const removed = this.#removed.with(rules.map((rule) => [rule, true]));
    const isFirst = [...(this.#firsts?.values() ?? [])].some((first) => removed.has(first));
    return new Segment(this.#index, removed, isFirst ? undefined : this.#firsts);
  }

  firsts(): FirstRules {
    if (this.#firsts !== undefined) return this.#firsts;
    const firsts = new Map<Rule['effect'], Rule>();
    for (const rule of this.rules()) noteFirst(firsts, rule);
    this.#firsts = firsts;
    return firsts;
  }

  /** In the order of their positions. */
  *rules(): Generator<Rule> {
    for (const rule of this.#index.rules) if (!this.#removed.has(rule)) yield rule;
  }

  /**
   * Adds to `found` all rules that can match on a path, and perhaps some that cannot.
   * @param lookups what the request says of each column of the path
   */
  find(path: number, lookups: readonly Lookup[], found: Rule[]): void {
    const before = found.length;
    this.#index.find(path, lookups, found);
    if (this.#removed.size === 0) return;
    let kept = before;
    for (let at = before; at < found.length; at += 1) {
      const rule = found[at];
      if (rule !== undefined && !this.#removed.has(rule)) found[kept++] = rule;
    }
    found.length = kept;
  }

  /** The rule with exactly these values. */
  locate(values: readonly string[]): Rule | undefined {
    return this.#index.locate(values, (rule) => !this.#removed.has(rule));
  }
}

function positionOf({ position }: Rule): number {
  return position;
}

function createRoute({ columns }: CompiledPath, rules: readonly Rule[]): Route {
  const sample = sampleOf(rules);
  const ordered = columns
    .map((column, place) => ({ column, place, cost: costOf(column, sample) }))
    .toSorted((one, other) => one.cost - other.cost);
  return { columns: ordered.map(({ column }) => column), trie: new RuleTrie(ordered) };
}

/** Policies are often written in a pattern: neighbours are alike, and so is every hundredth. A large prime's steps are not. */
function sampleOf(rules: readonly Rule[]): readonly Rule[] {
  if (rules.length <= sampleSize) return rules;
  const sample: Rule[] = [];
  for (let index = 0; index < sampleSize; index += 1) {
    const rule = rules[(index * 7_368_787) % rules.length];
    if (rule !== undefined) sample.push(rule);
  }
  return sample;
}

/** What is left to look at after this column, and what it costs to find that out. */
function costOf({ field, keyOf, probes }: CompiledColumn, sample: readonly Rule[]): number {
  const keys = new Set(sample.map(({ values }) => keyOf(values[field] ?? '')));
  return probes * (1 + sample.length / Math.max(1, keys.size));
}
