import type { NearMiss, Rule, RuleMatch } from '@agentflow/policy';
import type { RequestField } from '../request-field.js';
import type { Asker } from './asker.js';
import type { InspectedPolicy } from './inspected-policy.js';
import { missingPart } from './missing-part.js';

/** Why somebody may do something, or may not: for operators, never for a caller. */
export interface DecisionReport {
  readonly effect: 'allow' | 'deny';
  readonly who: string;
  readonly does: string;
  readonly on: string | null;
  /** Null where nothing allows it. */
  readonly decided_by: MatchReport | null;
  /** Rules that match and do not decide. */
  readonly also_matched: readonly MatchReport[];
  /** Where nothing allows it: the rules that would, but for one part; the nearest first, and not all where there are many. */
  readonly missing: readonly MissingReport[];
  /** How many of those there are. */
  readonly missing_count: number;
}

export interface RuleReport {
  /** `policy.csv:3` */
  readonly place: string;
  /** The line as it stands there. */
  readonly rule: string;
  readonly effect: 'allow' | 'deny';
}

export interface MatchReport extends RuleReport {
  /** From somebody, or something, to the role or the group that the rule names; one list for each. */
  readonly through: readonly (readonly StepReport[])[];
  /** False for a denial that counts because a claim that it asks for is missing. */
  readonly is_known: boolean;
}

/** That somebody has a role, by a line of the policy or by their credential. */
export interface StepReport {
  readonly member: string;
  readonly role: string;
  /** `policy.csv:9`, or `credential`. */
  readonly by: string;
}

export interface MissingReport extends RuleReport {
  /** `needs the role user` */
  readonly needs: string;
}

/** More are not read. */
const maxMissing = 20;

export interface AskedBy {
  readonly asker: Asker;
  readonly permission: string;
  readonly id?: string | undefined;
}

export function reportDecision(inspected: InspectedPolicy, { asker, permission, id }: AskedBy): DecisionReport {
  const { outcome, matches, nearMisses } = inspected.explain({ user: asker.user, permission, id });
  const deciding = matches.find(({ rule }) => rule === outcome.rule);
  const missing = outcome.effect === 'deny' && deciding === undefined ? nearest(nearMisses, inspected) : [];
  return {
    ...{ effect: outcome.effect, who: asker.label, does: permission, on: id ?? null },
    decided_by: deciding === undefined ? null : matchReport(deciding, asker, inspected),
    also_matched: matches.filter((match) => match !== deciding).map((match) => matchReport(match, asker, inspected)),
    missing: missing.slice(0, maxMissing),
    missing_count: missing.length,
  };
}

/** The rule that decides, without a look at all others. */
export function reportDeciding(
  inspected: InspectedPolicy,
  { asker, permission, id }: AskedBy,
): { readonly effect: 'allow' | 'deny'; readonly decided_by: MatchReport | null } {
  const question = { user: asker.user, permission, id };
  const { effect, rule } = inspected.decide(question);
  const decided = rule === undefined ? null : matchReport(inspected.matchOf(question, rule), asker, inspected);
  return { effect, decided_by: decided };
}

function ruleReport(rule: Rule, inspected: InspectedPolicy): RuleReport {
  return { place: inspected.placeOf(rule), rule: inspected.textOf(rule), effect: rule.effect };
}

function matchReport({ rule, chains, isCertain }: RuleMatch, asker: Asker, inspected: InspectedPolicy): MatchReport {
  const through = chains.map((chain) =>
    chain.steps.map(({ member, role, by }): StepReport => {
      // What a credential carries, only whoever asks has.
      if (by === 'credential') return { member: asker.name, role, by };
      return { member, role, by: inspected.placeOfLink(chain, member, role) ?? by };
    }),
  );
  return {
    ...ruleReport(rule, inspected),
    through: through.filter((steps) => steps.length > 0),
    is_known: isCertain,
  };
}

/** What is easiest to change, or most likely meant, first: who somebody is, then what they do, then with what. */
const order: readonly (RequestField | undefined)[] = ['sub', undefined, 'id', 'dom', 'act', 'obj'];

function nearest(misses: readonly NearMiss[], inspected: InspectedPolicy): readonly MissingReport[] {
  const { model } = inspected.policy;
  return misses
    .filter(({ rule }) => rule.effect === 'allow')
    .map((miss) => ({ rule: miss.rule, ...missingPart(miss, model) }))
    .toSorted((one, other) => order.indexOf(one.field) - order.indexOf(other.field))
    .map(({ rule, text }) => ({ ...ruleReport(rule, inspected), needs: text }));
}
