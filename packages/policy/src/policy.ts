import { planCompaction } from './compaction-plan.js';
import type { CompiledModel } from './compiled-model.js';
import type { Scene } from './expression/scene.js';
import type { RequestValue } from './expression/value.js';
import type { Lookup } from './lookup/rule-trie.js';
import { maxRulesScanned, scansRules } from './lookup/scan.js';
import type { Segment } from './lookup/segment.js';
import { createMerge, type Merge } from './merge.js';
import type { Effect } from './model/effect.js';
import type { Model } from './model/model.js';
import type { RoleGraph, RoleLink } from './roles/role-graph.js';
import type { Rule } from './rules/rule.js';

/** The answer to a request, and the rule that decided it, where one did. */
export interface Outcome {
  readonly effect: 'allow' | 'deny';
  readonly rule: Rule | undefined;
}

/** What a policy is made of. */
export interface PolicyParts {
  readonly compiled: CompiledModel;
  /** In the order of the policy: the first holds most, the last what was added last. */
  readonly segments: readonly Segment[];
  /** In the order of the model's links. */
  readonly graphs: readonly RoleGraph[];
  readonly nextPosition: number;
}

/**
 * A model with its rules, indexed. It never changes: a change makes another, and whoever holds this one goes on with what it
 * said. A decision looks only at the rules that can concern the request.
 */
export class Policy {
  readonly parts: PolicyParts;
  #first: readonly Rule[] | undefined;

  /** How many rules there are. */
  readonly size: number;

  constructor(parts: PolicyParts) {
    this.parts = parts;
    this.size = parts.segments.reduce((sum, { size }) => sum + size, 0);
  }

  get model(): Model {
    return this.parts.compiled.model;
  }

  /** How many rules a decision may have to look at where no index helps; undefined where one does. */
  get scanLimit(): number | undefined {
    return scansRules(this.parts.compiled) ? maxRulesScanned : undefined;
  }

  /**
   * Whether so much has changed since it was built, or last compacted, that {@link compactPolicy} is due: until then a decision
   * costs more from change to change, and memory is held for what is gone.
   */
  get isFragmented(): boolean {
    const { from, graphs } = planCompaction(this.parts);
    return from < this.parts.segments.length || graphs.length > 0;
  }

  /** In no order: each has its position. */
  *rules(): Generator<Rule> {
    for (const segment of this.parts.segments) yield* segment.rules();
  }

  /** Who has which role, by all the links of the model. */
  *links(): Generator<RoleLink> {
    for (const graph of this.parts.graphs) yield* graph.links();
  }

  /** What the links of one name make of somebody: their own name, their roles', and what these have. */
  namesOf(link: string, who: RequestValue, domain: string | undefined): ReadonlySet<string> {
    return this.parts.graphs[this.parts.compiled.links.indexOf(link)]?.namesOf(who, domain) ?? new Set();
  }

  /** How many links there are. */
  get linkCount(): number {
    return this.parts.graphs.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Decides as Casbin does, but for what its README lists.
   * @param request one value for each field of the model's request
   * @throws {TypeError} if it has other values than the model asks for
   */
  decide(request: readonly RequestValue[]): Outcome {
    const { compiled, graphs } = this.parts;
    const { model, paths, matches, looksAtRules } = compiled;
    requireRequest(request, model.request);
    const scene: Scene = { request, graphs, names: [], rule: noRule };
    const merge = createMerge(model, graphs);
    if (this.size === 0 || !looksAtRules) return this.#decideWithoutRules(scene);
    const found: Rule[] = [];
    for (const [index, path] of paths.entries()) {
      const guard = path.guard(scene);
      if (guard === false) continue;
      if (!path.looksAtRules) this.#mergeAll(guard === true, merge);
      else this.#find(index, scene, found);
    }
    for (const rule of found) {
      scene.rule = rule.values;
      const truth = matches(scene);
      // What is not known allows nothing, and denies where it would have.
      if (truth === true || (truth === undefined && rule.effect === 'deny')) merge.add(rule);
    }
    return merge.outcome();
  }

  /** All rules that can matter for a scene, where more than one answer is wanted than {@link decide} gives. */
  candidates(scene: Scene): ReadonlySet<Rule> {
    const { compiled } = this.parts;
    const found: Rule[] = [];
    for (const [index, path] of compiled.paths.entries()) {
      const guard = path.guard(scene);
      if (guard === false) continue;
      if (path.looksAtRules) this.#find(index, scene, found);
      else found.push(...(guard === true ? this.#firstOfEach() : this.rules()));
    }
    return new Set(found);
  }

  /** What is looked for is found out once, and looked up in each segment. */
  #find(path: number, scene: Scene, found: Rule[]): void {
    const lookups: Lookup[] = [];
    for (const column of this.parts.compiled.paths[path]?.columns ?? []) lookups.push(column.lookup(scene));
    for (const segment of this.parts.segments) segment.find(path, lookups, found);
  }

  /**
   * No rule allows anything. Casbin evaluates the matcher with empty texts for the fields of a rule, so that under `r.sub != p.sub`
   * a policy without rules allows everything. A matcher that looks at no rule is the policy itself.
   */
  #decideWithoutRules(scene: Scene): Outcome {
    const { model, matches, looksAtRules } = this.parts.compiled;
    scene.rule = model.rule.map(() => '');
    const isAllowed = model.effect === 'deny' || (!looksAtRules && matches(scene) === true);
    return { effect: isAllowed ? 'allow' : 'deny', rule: undefined };
  }

  /** What the request alone decides holds for every rule: then the first of each effect stands for all. */
  #mergeAll(isKnown: boolean, merge: Merge): void {
    for (const rule of this.#firstOfEach()) if (isKnown || rule.effect === 'deny') merge.add(rule);
  }

  /** The first rule that allows, and the first that denies. */
  #firstOfEach(): readonly Rule[] {
    if (this.#first !== undefined) return this.#first;
    const { compiled, segments, graphs } = this.parts;
    // Only where roles decide what comes first need all rules be looked at.
    const isByRoles = compiled.model.effect === 'subject-priority';
    const candidates = isByRoles ? [...this.rules()] : segments.flatMap((one) => [...one.firsts().values()]);
    const firsts = (['allow', 'deny'] as const).map((effect) => {
      const merge = createMerge({ ...compiled.model, effect: priorityOf(compiled.model.effect) }, graphs);
      for (const rule of candidates) if (rule.effect === effect) merge.add(rule);
      return merge.outcome().rule;
    });
    this.#first = firsts.filter((rule) => rule !== undefined);
    return this.#first;
  }
}

/** The effect under which the first rule of all decides, whichever comes first under the model's own. */
function priorityOf(effect: Effect): Effect {
  return effect === 'subject-priority' ? effect : 'priority';
}

const noRule: readonly string[] = [];

/** Only texts, and what has a name that is one, reach the rules: for Casbin `['alice']` is `alice`. */
function requireRequest(request: readonly RequestValue[], fields: readonly string[]): void {
  if (request.length !== fields.length) {
    throw new TypeError(`the request has ${request.length} values, and the model asks for ${fields.length}`);
  }
  for (let index = 0; index < request.length; index += 1) {
    const value = request[index];
    if (typeof value === 'string') continue;
    const isEntity = typeof value === 'object' && value !== null && typeof value.name === 'string';
    if (!isEntity || (value.roles !== undefined && !Array.isArray(value.roles)))
      throw new TypeError(`"${fields[index]}" of the request is not a text`);
  }
}
