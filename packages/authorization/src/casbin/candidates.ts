import type { RequestField } from './request-field.js';
import type { Requirement } from './requirements.js';

/** Who asks, by all their names, and what. */
export interface Question {
  readonly names: ReadonlySet<string>;
  readonly request: Readonly<Record<RequestField, string>>;
}

/** The rules that can apply, in their order: a superset of those that do. */
export type Candidates = (question: Question) => string[][];

/**
 * Indexes the rules by the names that they are about, and compares what is left of the requirements.
 * @param fields of a rule, in the order of its values
 */
export function createCandidates(
  fields: readonly string[],
  requirements: readonly Requirement[],
  rules: readonly string[][],
): Candidates {
  const byName = requirements.find(({ equals }) => equals === 'name');
  const select = byName === undefined ? () => rules : indexByName(fields.indexOf(byName.field), byName.orAny, rules);
  const checks = requirements.map(({ field, equals, orAny }) => ({ column: fields.indexOf(field), equals, orAny }));
  return (question) =>
    select(question.names).filter((values) =>
      checks.every(({ column, equals, orAny }) => {
        const value = values[column] ?? '';
        if (orAny && value === '*') return true;
        if (equals === 'name') return question.names.has(value);
        return question.request[equals.request] === value;
      }),
    );
}

function indexByName(column: number, orAny: boolean, rules: readonly string[][]) {
  const indexes = new Map<string, number[]>();
  for (const [index, values] of rules.entries()) {
    const name = values[column] ?? '';
    const known = indexes.get(name);
    if (known === undefined) indexes.set(name, [index]);
    else known.push(index);
  }
  return (names: ReadonlySet<string>): string[][] => {
    const all = orAny ? [...names, '*'] : [...names];
    const found = all.flatMap((name) => indexes.get(name) ?? []).toSorted((one, other) => one - other);
    return found.map((index) => rules[index] ?? []);
  };
}
