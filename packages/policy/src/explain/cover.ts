import { Compiler, type Test } from '../expression/compile.js';
import { type Expression, looksAtRules, partsOf } from '../expression/expression.js';
import type { Scene } from '../expression/scene.js';
import type { RequestValue } from '../expression/value.js';
import { createMerge } from '../merge.js';
import type { Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';
import { waysOf } from './matcher-ways.js';

/** Requests in so far as some of their fields go; these fields have no other values. */
export type Sample = Readonly<Record<string, string>>;

/** How rules stand to each other. It claims nothing that is not so, and does not find everything. */
export interface RuleComparison {
  /** Whether the first matches whatever the second does. */
  readonly covers: (general: Rule, special: Rule) => boolean;
  /** Where the first that matches decides: whether one comes before the other. */
  readonly precedes: (one: Rule, other: Rule) => boolean;
}

type Covers = RuleComparison['covers'];

/**
 * Compares rules by the matcher that decides about them. It goes part by part: what is said of the fields of the samples is held
 * against all samples; a role is covered by the roles that it has; of all else a rule must say the same, or nothing.
 */
export function compareRules(policy: Policy, samples: readonly Sample[]): RuleComparison {
  const { compiled, graphs } = policy.parts;
  const { model } = compiled;
  const compiler = new Compiler(model);
  compiler.texts.makeRoomFor(policy.size);
  const sampled = new Set(samples.flatMap((sample) => Object.keys(sample)));
  const requests = samples.map((sample) => model.request.map((field) => sample[field] ?? ''));
  const sceneOf = (request: readonly RequestValue[], rule: Rule): Scene => {
    return { request, graphs, names: [], rule: rule.values };
  };
  const ways = waysOf(model.matcher).map((way) => {
    const parts = way.filter(looksAtRules);
    const isSampled = (part: Expression) =>
      requestFieldsOf(part).every((field) => sampled.has(model.request[field] ?? ''));
    const tests = parts.filter(isSampled).map((part) => compiler.test(part));
    const fields = new Set(parts.filter(isSampled).flatMap(ruleFieldsOf));
    const others = parts
      .filter((part) => !isSampled(part))
      .map((part) => partCover(part, compiler.test(part), sceneOf));
    return [samplesCover({ tests, fields: [...fields], requests, sceneOf }), ...others];
  });
  return {
    covers: (general, special) => ways.every((way) => way.every((covers) => covers(general, special))),
    precedes: (one, other) => {
      const merge = createMerge(model, graphs);
      const first: Rule = { ...one, effect: 'allow' };
      merge.add(first);
      merge.add({ ...other, effect: 'deny' });
      return merge.outcome().rule === first;
    },
  };
}

interface SampledParts {
  readonly tests: readonly Test[];
  /** Of rules: what the tests look at. */
  readonly fields: readonly number[];
  readonly requests: readonly (readonly RequestValue[])[];
  readonly sceneOf: (request: readonly RequestValue[], rule: Rule) => Scene;
}

/** Whether one rule matches all samples that the other does. */
function samplesCover({ tests, fields, requests, sceneOf }: SampledParts): Covers {
  const known = new Map<string, bigint>();
  const maskOf = (rule: Rule) => {
    const key = JSON.stringify(fields.map((field) => rule.values[field]));
    const before = known.get(key);
    if (before !== undefined) return before;
    let mask = 0n;
    for (const request of requests) {
      const scene = sceneOf(request, rule);
      mask = (mask << 1n) | (tests.every((test) => test(scene) === true) ? 1n : 0n);
    }
    known.set(key, mask);
    return mask;
  };
  return (general, special) => (maskOf(special) & ~maskOf(general)) === 0n;
}

/** Whether a part holds for one rule wherever it does for the other. */
function partCover(part: Expression, test: Test, sceneOf: SampledParts['sceneOf']): Covers {
  const fields = ruleFieldsOf(part);
  const pinned = pinnedIn(part);
  return (general, special) => {
    if (fields.every((field) => general.values[field] === special.values[field])) return true;
    // Nothing is known of the request, and yet it holds.
    if (test(sceneOf([], general)) === true) return true;
    if (pinned === undefined || test(sceneOf([], special)) === true) return false;
    const request: RequestValue[] = [];
    request[pinned.request] = special.values[pinned.rule] ?? '';
    return test(sceneOf(request, general)) === true;
  };
}

/**
 * The field of the request that a part wants to be the rule's, or to have it for a role: then whoever is, or has, what the one
 * rule names fits the other too if that name does. What the part says of the rule alone, `p.sub == "*"`, changes nothing.
 */
function pinnedIn(part: Expression): { readonly request: number; readonly rule: number } | undefined {
  const alternatives = part.type === 'or' ? part.parts.filter((one) => requestFieldsOf(one).length > 0) : [part];
  const [only, second] = alternatives;
  if (only === undefined || second !== undefined) return undefined;
  if (only.type === 'link' && only.domain === undefined) return pair(only.member, only.role);
  if (only.type !== 'compare' || only.operator !== '==') return undefined;
  return pair(only.left, only.right) ?? pair(only.right, only.left);
}

function pair(request: Expression, rule: Expression) {
  if (request.type !== 'request' || request.path.length > 0 || rule.type !== 'rule') return undefined;
  return { request: request.field, rule: rule.field };
}

function requestFieldsOf(expression: Expression): readonly number[] {
  const parts = [...partsOf(expression)];
  // A condition in a rule may look at anything.
  if (parts.some(({ type }) => type === 'eval')) return [-1];
  return parts.flatMap((part) => (part.type === 'request' ? [part.field] : []));
}

function ruleFieldsOf(expression: Expression): readonly number[] {
  return [...partsOf(expression)].flatMap((part) => (part.type === 'rule' || part.type === 'eval' ? [part.field] : []));
}
