import { type Expression, partsOf } from '../expression/expression.js';
import { ExpressionError } from '../expression/parse.js';
import type { ReadTexts } from '../expression/read-texts.js';
import type { Model } from '../model/model.js';
import { PatternError } from '../patterns/pattern.js';
import type { PolicyFault } from '../policy-error.js';
import type { PolicyLine, Rule } from './rule.js';
import { textFault } from './text-fault.js';

type Fault = Omit<PolicyFault, 'line'>;

export type ReadRule = (line: PolicyLine, position: number) => Rule | Fault;

/** Holds rules against their model, which is looked through once: whatever a rule holds must be what the matcher reads. */
export function createRuleReader(model: Model, texts: ReadTexts): ReadRule {
  const { rule: fields } = model;
  const effectField = fields.indexOf('eft');
  const priorityField = fields.indexOf('priority');
  const readings = readingsOf(model.matcher, texts);
  return ({ values: given, line }, position) => {
    const values = effectField === fields.length - 1 && given.length === effectField ? [...given, 'allow'] : [...given];
    if (values.length !== fields.length) {
      const remedy = `Write "${model.ruleKey}, ${fields.join(', ')}".`;
      return { message: `a rule has ${given.length} fields here, and ${fields.length} in the model`, remedy };
    }
    const fault = textFault(values) ?? readingFault(values, readings);
    if (fault !== undefined) return fault;
    const effect = effectField === -1 ? 'allow' : values[effectField];
    if (effect !== 'allow' && effect !== 'deny') {
      return { message: `"${effect}" is no effect`, remedy: 'Write "allow" or "deny".' };
    }
    const priority = priorityField === -1 ? 0 : readPriority(values[priorityField] ?? '');
    if (priority === undefined) {
      return {
        message: `"${values[priorityField]}" is no priority`,
        remedy: 'Write an integer; the lowest comes first.',
      };
    }
    return { values, effect, line, priority, position };
  };
}

/** How the matcher reads a field of a rule, beyond comparing it. */
interface Reading {
  readonly field: number;
  readonly read: (value: string) => unknown;
  /** What the matcher names itself, as in `p.obj == "*" || keyMatch2(r.obj, p.obj)`: it need be nothing else. */
  readonly named: ReadonlySet<string | undefined>;
}

function readingsOf(matcher: Expression, texts: ReadTexts): readonly Reading[] {
  const parts = [...partsOf(matcher)];
  return parts.flatMap((part): Reading[] => {
    if (part.type === 'eval') {
      return [{ field: part.field, read: (text) => texts.conditionOf(text), named: new Set() }];
    }
    const [pattern, name] = patternIn(part);
    if (pattern?.type !== 'rule') return [];
    const { field } = pattern;
    const named = new Set(parts.map((one) => literalBeside(one, field)));
    return [{ field, read: texts.patternReader(name), named }];
  });
}

/** The pattern in a part, and what reads it: keyGet2 takes apart what keyMatch2 matches. */
function patternIn(part: Expression): readonly [pattern: Expression | undefined, name: string] {
  if (part.type === 'pattern') return [part.pattern, part.function];
  return part.type === 'key' && part.function === 'keyGet2' ? [part.parts[1], 'keyMatch2'] : [undefined, ''];
}

/** `*`, in `p.obj == "*"`. */
function literalBeside(part: Expression, field: number): string | undefined {
  if (part.type !== 'compare' || part.operator !== '==') return undefined;
  const { left, right } = part;
  const [rule, literal] = left.type === 'rule' ? [left, right] : [right, left];
  const isThis = rule.type === 'rule' && rule.field === field && literal.type === 'literal';
  return isThis && typeof literal.value === 'string' ? literal.value : undefined;
}

function readingFault(values: readonly string[], readings: readonly Reading[]): Fault | undefined {
  for (const { field, read, named } of readings) {
    const value = values[field] ?? '';
    const found = named.has(value) ? undefined : read(value);
    if (found instanceof PatternError) return { message: found.message, remedy: found.remedy };
    if (found instanceof ExpressionError) return { message: `the condition ${found.message}`, remedy: found.remedy };
  }
  return undefined;
}

function readPriority(value: string): number | undefined {
  return /^-?\d{1,9}$/.test(value) ? Number(value) : undefined;
}
