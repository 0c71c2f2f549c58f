import { type ConfigurationFault, expandPermission } from '@agentflow/core';
import { z } from 'zod';
import { type AskerFields, createAsker } from './asker.js';
import { type DecisionReport, type RuleReport, reportDecision } from './decision-report.js';
import type { InspectedPolicy } from './inspected-policy.js';
import { jsonFaults } from './json-faults.js';
import { whoKeys, whoSchema } from './who-schema.js';

/** What a policy must answer. */
export interface PolicyCase {
  readonly who: AskerFields;
  /** A permission, in the words of the vocabulary. */
  readonly does: string;
  readonly on?: string | undefined;
  readonly expect: 'allow' | 'deny';
  readonly why?: string | undefined;
}

const form = '{"who": "user:alice", "does": "graph:invoke", "expect": "allow", "why": "…"}';

const caseSchema = z.strictObject({
  who: whoSchema,
  does: z.string().transform((text, context) => {
    const permission = onePermission(text);
    if (typeof permission === 'string') return permission;
    context.addIssue({ code: 'custom', message: permission.message, params: { remedy: permission.remedy } });
    return z.NEVER;
  }),
  on: z.string().min(1).optional(),
  expect: z.enum(['allow', 'deny']),
  why: z.string().min(1).optional(),
});

const casesSchema = z.array(caseSchema).min(1);

/** One permission in the words of the vocabulary, or what is wrong with it. */
export function onePermission(text: string): string | Pick<ConfigurationFault, 'message' | 'remedy'> {
  const { permissions, fault } = expandPermission(text);
  if (fault !== undefined) return fault;
  const [only, second] = permissions;
  if (only !== undefined && second === undefined && !text.includes('*')) return only;
  return { message: `"${text}" is more than one permission`, remedy: 'Write one: "graph:invoke".' };
}

/** The cases of a file, or all that is wrong with it. */
export function readCases(
  value: unknown,
): { readonly cases: readonly PolicyCase[] } | { readonly faults: readonly ConfigurationFault[] } {
  const read = casesSchema.safeParse(value, { reportInput: true });
  if (read.success) return { cases: read.data };
  return { faults: jsonFaults(read.error, ['who', 'does', 'on', 'expect', 'why', ...whoKeys], form) };
}

export interface CasesReport {
  readonly cases: number;
  readonly failed: readonly FailedCase[];
  readonly coverage: {
    readonly rules: number;
    readonly reached: number;
    /** Of 100, rounded down: 100 is all of them. */
    readonly percent: number;
    /** Rules that matched for no case. */
    readonly unreached: readonly RuleReport[];
  };
}

export interface FailedCase {
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly expected: 'allow' | 'deny';
  readonly why: string | null;
  readonly decision: DecisionReport;
}

/** Asks a policy all cases. */
export function runCases(inspected: InspectedPolicy, cases: readonly PolicyCase[]): CasesReport {
  const reached = new Set<string>();
  const failed: FailedCase[] = [];
  for (const [index, { who, does, on, expect, why }] of cases.entries()) {
    const decision = reportDecision(inspected, { asker: createAsker(inspected, who), permission: does, id: on });
    const { decided_by: by, also_matched: others } = decision;
    for (const { place } of by === null ? others : [by, ...others]) reached.add(place);
    if (decision.effect !== expect) failed.push({ index, expected: expect, why: why ?? null, decision });
  }
  const rules = [...inspected.policy.rules()].toSorted((one, other) => one.position - other.position);
  const unreached = rules
    .map((rule) => ({ place: inspected.placeOf(rule), rule: inspected.textOf(rule), effect: rule.effect }))
    .filter(({ place }) => !reached.has(place));
  const percent = Math.floor((100 * reached.size) / rules.length);
  return {
    ...{ cases: cases.length, failed },
    coverage: { rules: rules.length, reached: reached.size, percent, unreached },
  };
}
