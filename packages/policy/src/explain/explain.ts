import { Compiler, type Test } from '../expression/compile.js';
import { type Expression, type Link, partsOf } from '../expression/expression.js';
import type { Scene } from '../expression/scene.js';
import type { RequestValue } from '../expression/value.js';
import type { Outcome, Policy } from '../policy.js';
import type { Rule } from '../rules/rule.js';
import { waysOf } from './matcher-ways.js';
import { findSteps, type RoleChain } from './role-chain.js';

/** Why a request is decided as it is. */
export interface Explanation {
  /** What `decide` answers. */
  readonly outcome: Outcome;
  /** All rules that count, in the order of the policy. */
  readonly matches: readonly RuleMatch[];
  /** Rules that a single part of the matcher keeps from matching, in the order of the policy. */
  readonly nearMisses: readonly NearMiss[];
}

export interface RuleMatch {
  readonly rule: Rule;
  /** False for a denial that counts because it is not known whether it matches. */
  readonly isCertain: boolean;
  /** Through which roles it matches. */
  readonly chains: readonly RoleChain[];
}

export interface NearMiss {
  readonly rule: Rule;
  /** The part that does not hold. */
  readonly part: Expression;
  /** False where it is not known whether it holds: an attribute is missing. */
  readonly isKnown: boolean;
}

interface Part {
  readonly expression: Expression;
  readonly test: Test;
}

export interface Explainer {
  /** In time that grows with the rules: for people, not for each request. */
  readonly explain: (request: readonly RequestValue[]) => Explanation;
  /** How one rule matches that a decision names. */
  readonly matchOf: (request: readonly RequestValue[], rule: Rule) => RuleMatch;
}

/**
 * What explains the decisions of a policy. The same matcher and the same roles decide; only that here every rule is asked, and
 * each part of the matcher.
 */
export function createExplainer(policy: Policy): Explainer {
  const { compiled, graphs } = policy.parts;
  const { model } = compiled;
  const compiler = new Compiler(model);
  compiler.texts.makeRoomFor(policy.size);
  const ways = waysOf(model.matcher).map((way) =>
    way.map((expression): Part => ({ expression, test: compiler.test(expression) })),
  );
  const chainOf = createChainFinder(policy, compiler);
  // Each compiler has its own places for the names that it has found, so each has a scene of its own.
  const sceneOf = (request: readonly RequestValue[]): Scene => ({ request, graphs, names: [], rule: [] });
  const toMatch = (rule: Rule, isCertain: boolean, scene: Scene): RuleMatch => {
    scene.rule = rule.values;
    const links = linksIn(ways.find((way) => way.every(({ test }) => test(scene) === true)) ?? []);
    return {
      rule,
      isCertain,
      chains: links.map((link) => chainOf(link, scene)).filter((chain) => chain !== undefined),
    };
  };
  const matchesFor = (request: readonly RequestValue[]) => {
    const scene = sceneOf(request);
    return (rule: Rule) => {
      scene.rule = rule.values;
      return compiled.matches(scene);
    };
  };
  return {
    explain: (request) => {
      const outcome = policy.decide(request);
      const matches: RuleMatch[] = [];
      const nearMisses: NearMiss[] = [];
      const scene = sceneOf(request);
      const truthOf = matchesFor(request);
      for (const rule of compiled.looksAtRules ? inOrder(policy) : []) {
        const truth = truthOf(rule);
        scene.rule = rule.values;
        if (truth === true || (truth === undefined && rule.effect === 'deny')) {
          matches.push(toMatch(rule, truth === true, scene));
        } else {
          const missing = nearestPart(ways, scene);
          if (missing !== undefined) nearMisses.push({ rule, ...missing });
        }
      }
      return { outcome, matches, nearMisses };
    },
    matchOf: (request, rule) => toMatch(rule, matchesFor(request)(rule) === true, sceneOf(request)),
  };
}

function inOrder(policy: Policy): readonly Rule[] {
  return [...policy.rules()].toSorted((one, other) => one.position - other.position);
}

/** The only part of some way that does not hold. */
function nearestPart(ways: readonly (readonly Part[])[], scene: Scene): Omit<NearMiss, 'rule'> | undefined {
  for (const way of ways) {
    const failing: Omit<NearMiss, 'rule'>[] = [];
    for (const { expression, test } of way) {
      const truth = test(scene);
      if (truth !== true) failing.push({ part: expression, isKnown: truth === false });
      if (failing.length > 1) break;
    }
    const [only, second] = failing;
    if (only !== undefined && second === undefined) return only;
  }
  return undefined;
}

function linksIn(way: readonly Part[]): readonly Link[] {
  return way.flatMap(({ expression }) => [...partsOf(expression)].filter((part) => part.type === 'link'));
}

/** How whoever a link asks about comes to the role that it asks for; undefined where they do not have it. */
function createChainFinder(policy: Policy, compiler: Compiler) {
  const { compiled, graphs } = policy.parts;
  return ({ name, member, role, domain }: Link, scene: Scene): RoleChain | undefined => {
    const text = (of: Expression | undefined) => {
      const value = of === undefined ? undefined : compiler.evaluate(of)(scene);
      return typeof value === 'string' ? value : undefined;
    };
    const isEntity = member.type === 'request' && member.path.length === 0;
    const who = isEntity ? scene.request[member.field] : text(member);
    const [graph, wanted, where] = [graphs[compiled.links.indexOf(name)], text(role), text(domain)];
    if (graph === undefined || who === undefined || wanted === undefined) return undefined;
    const steps = findSteps(graph, who, { role: wanted, domain: where });
    if (steps === undefined) return undefined;
    return { link: name, domain: where, member: typeof who === 'string' ? who : who.name, steps };
  };
}
