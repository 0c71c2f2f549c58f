import type { StoredPolicyLine } from '@agentflow/core';
import { type Policy, type PolicyLine, parseCsv, writeCsvLine } from '@agentflow/policy';

/** The lines that a policy was made of, each with its number, and as they are written. */
export interface WrittenLines {
  readonly lines: readonly PolicyLine[];
  textOf(line: number): string;
}

export function linesOfText(text: string): WrittenLines {
  const all = text.split('\n');
  return {
    lines: [...parseCsv(text)].flatMap((read) => ('message' in read ? [] : [read])),
    textOf: (line) => (all[line - 1] ?? '').trim(),
  };
}

/** As far as a policy itself knows: it keeps no lines of links. */
export function linesOfPolicy(policy: Policy): WrittenLines {
  const { ruleKey } = policy.model;
  const rules = [...policy.rules()];
  const texts = new Map(rules.map(({ line, values }) => [line ?? 0, writeCsvLine([ruleKey, ...values])]));
  return {
    lines: rules.map(({ values, line }) => ({ key: ruleKey, values, line })),
    textOf: (line) => texts.get(line) ?? '',
  };
}

/** Their numbers are their ids. */
export function linesOfDatabase(stored: readonly StoredPolicyLine[]): WrittenLines {
  const texts = new Map(stored.map(({ id, fields }) => [id, writeCsvLine(fields)]));
  return {
    lines: stored.map(({ id, fields: [key, ...values] }) => ({ key, values, line: id })),
    textOf: (line) => texts.get(line) ?? '',
  };
}
