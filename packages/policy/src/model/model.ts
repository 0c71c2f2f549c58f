import type { Expression } from '../expression/expression.js';
import { ExpressionError, parseExpression, type Vocabulary } from '../expression/parse.js';
import { PolicyError } from '../policy-error.js';
import { type Definitions, parseDefinitions } from './definitions.js';
import { type Effect, effectNamed, effectTexts } from './effect.js';

/** A Casbin model, read. */
export interface Model {
  /** The fields of a request, in the order of its values. */
  readonly request: readonly string[];
  /** The fields of a rule, in the order of its values. */
  readonly rule: readonly string[];
  /** What its rules are called: `p`. */
  readonly ruleKey: string;
  /** Who has which role: `g`, `g2`, … with the number of fields of a line, 3 where there are domains. */
  readonly links: ReadonlyMap<string, 2 | 3>;
  readonly effect: Effect;
  readonly matcher: Expression;
  /** What its expressions, and those in its rules, may name. */
  readonly vocabulary: Vocabulary;
  /** Of the definitions, for those who have more to say about one. */
  readonly lines: Readonly<Record<'request' | 'rule' | 'effect' | 'matcher', number>>;
  /** What the text defines and this model does not use: a second matcher, say. */
  readonly unused: readonly { readonly key: string; readonly line: number }[];
}

/** Which of several definitions make the model: Casbin's EnforceContext. */
export interface ModelKeys {
  readonly request?: string;
  readonly rule?: string;
  readonly effect?: string;
  readonly matcher?: string;
}

/**
 * Reads the text of a model.
 * @throws {PolicyError} with the lines of all that is wrong
 */
export function readModel(text: string, keys: ModelKeys = {}): Model {
  const { request: r = 'r', rule: p = 'p', effect: e = 'e', matcher: m = 'm' } = keys;
  const { definitions, faults } = parseDefinitions(text);
  if (faults.length > 0) throw new PolicyError(faults);
  const request = readFields(definitions, r);
  const rule = readFields(definitions, p);
  const links = readLinks(definitions);
  const effect = effectNamed(definitions.get(e)?.text ?? '');
  if (effect === undefined) {
    throw faultOf(definitions, e, 'this effect is not known', `Known are "${effectTexts.join('", "')}".`);
  }
  const vocabulary: Vocabulary = { r, p, request, rule, links };
  const used = new Set([r, p, e, m, ...links.keys()]);
  return {
    ...{ request, rule, ruleKey: p, links, effect, vocabulary },
    matcher: readMatcher(definitions, m, vocabulary),
    lines: {
      ...{ request: lineOf(definitions, r), rule: lineOf(definitions, p) },
      ...{ effect: lineOf(definitions, e), matcher: lineOf(definitions, m) },
    },
    unused: [...definitions].filter(([key]) => !used.has(key)).map(([key, { line }]) => ({ key, line })),
  };
}

function lineOf(definitions: Definitions, key: string): number {
  return definitions.get(key)?.line ?? 1;
}

function faultOf(definitions: Definitions, key: string, message: string, remedy: string): PolicyError {
  return new PolicyError([{ line: definitions.get(key)?.line, message, remedy }]);
}

function readFields(definitions: Definitions, key: string): readonly string[] {
  const fields = (definitions.get(key)?.text ?? '').split(',').map((field) => field.trim());
  if (fields.some((field) => !/^[a-z]\w*$/i.test(field)) || new Set(fields).size < fields.length) {
    throw faultOf(definitions, key, 'this is no list of names, each once', `Write "${key} = sub, obj, act".`);
  }
  return fields;
}

function readLinks(definitions: Definitions): ReadonlyMap<string, 2 | 3> {
  const links = new Map<string, 2 | 3>();
  for (const [key, { text }] of definitions) {
    if (!key.startsWith('g')) continue;
    const plain = text.replace(/\s/g, '');
    if (plain !== '_,_' && plain !== '_,_,_') {
      const remedy = `Write "${key} = _, _", or "${key} = _, _, _" with domains.`;
      throw faultOf(definitions, key, 'this is no definition of roles', remedy);
    }
    links.set(key, plain === '_,_' ? 2 : 3);
  }
  return links;
}

function readMatcher(definitions: Definitions, key: string, vocabulary: Vocabulary): Expression {
  try {
    return parseExpression(definitions.get(key)?.text ?? '', vocabulary);
  } catch (error) {
    if (error instanceof ExpressionError) throw faultOf(definitions, key, `the matcher ${error.message}`, error.remedy);
    throw error;
  }
}
