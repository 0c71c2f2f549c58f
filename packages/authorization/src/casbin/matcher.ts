import { suggest } from '@agentflow/core';
import { type Field, fieldOf, type Node, parseExpression } from './matcher-syntax.js';
import { findRequirements, type Requirement } from './requirements.js';

/*
 * What a matcher may say. Casbin evaluates any JavaScript expression over fields and functions, some of which never come
 * back or run for seconds over a pattern. Here a matcher compares texts, asks `g` for roles, and `keyMatch` for a prefix;
 * everything that it may say ends, in linear time, with true or false.
 */

/** What the checks of the rules need to know of a matcher. */
export interface Matcher {
  /** Fields of a rule by the fields of the request that they are compared with: `obj` → {`obj`}. */
  readonly comparedWith: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fields in which `*` alone stands for any. */
  readonly wildcards: ReadonlySet<string>;
  /** Fields that `keyMatch` reads as patterns. */
  readonly patterns: ReadonlySet<string>;
  /** How many arguments its `g` takes; undefined if it asks for no roles. */
  readonly groupArity: 2 | 3 | undefined;
  readonly requirements: readonly Requirement[];
}

export interface Fields {
  readonly request: readonly string[];
  readonly rule: readonly string[];
}

/** The matcher says what it may not say. */
export class MatcherError extends Error {
  override readonly name = 'MatcherError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

type Text = Field | { readonly of: 'literal'; readonly value: string };

/**
 * Checks what casbin would evaluate: the text after casbin's own rewriting, in which `r.sub` is `r_sub`.
 * @throws {MatcherError}
 */
export function readMatcher(text: string, fields: Fields): Matcher {
  let root: Node;
  try {
    root = parseExpression(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : 'not an expression';
    throw new MatcherError(
      `the matcher cannot be read: ${what}`,
      'Write it as in casbin: g(r.sub, p.sub) && r.obj == p.obj',
    );
  }
  const facts = createFacts();
  readCondition(root, fields, facts);
  if (facts.ruleFields.size === 0) {
    throw new MatcherError('the matcher looks at no field of a rule', 'Compare with "p.sub", "p.obj" or "p.act".');
  }
  return { ...facts, groupArity: facts.groupArity, requirements: findRequirements(root) };
}

function createFacts() {
  return {
    comparedWith: new Map<string, Set<string>>(),
    wildcards: new Set<string>(),
    patterns: new Set<string>(),
    ruleFields: new Set<string>(),
    groupArity: undefined as 2 | 3 | undefined,
  };
}

type Facts = ReturnType<typeof createFacts>;

/** An expression that is true or false. */
function readCondition(node: Node, fields: Fields, facts: Facts): void {
  switch (node.type) {
    case 'LogicalExpression':
      readCondition(node.left, fields, facts);
      readCondition(node.right, fields, facts);
      return;
    case 'UnaryExpression':
      if (node.operator !== '!') break;
      readCondition(node.argument, fields, facts);
      return;
    case 'BinaryExpression':
      if (node.operator !== '==' && node.operator !== '!=') break;
      noteComparison(readText(node.left, fields, facts), readText(node.right, fields, facts), facts);
      return;
    case 'CallExpression':
      readCall(node.callee, node.arguments, fields, facts);
      return;
    case 'Identifier':
    case 'Literal':
      break;
  }
  throw new MatcherError(
    'the matcher has a part that is neither a comparison nor a call',
    'Use ==, !=, &&, ||, !, g(r.sub, p.sub) and keyMatch(r.obj, p.obj).',
  );
}

/** A field or a text between quotes. */
function readText(node: Node, fields: Fields, facts: Facts): Text {
  if (node.type === 'Literal' && typeof node.value === 'string') return { of: 'literal', value: node.value };
  const field = fieldOf(node);
  if (field === undefined) {
    throw new MatcherError(
      'the matcher compares what is no text',
      'Compare fields ("r.obj", "p.obj") and texts ("*").',
    );
  }
  const { of, name } = field;
  const known = of === 'r' ? fields.request : fields.rule;
  if (!known.includes(name)) {
    throw new MatcherError(`the matcher asks for "${of}.${name}", which is not defined`, suggest(name, known));
  }
  if (of === 'p') facts.ruleFields.add(name);
  return field;
}

function noteComparison(one: Text, other: Text, facts: Facts): void {
  for (const [rule, beside] of [
    [one, other],
    [other, one],
  ] as const) {
    if (rule.of !== 'p') continue;
    if (beside.of === 'r') noteCompared(rule.name, beside.name, facts);
    if (beside.of === 'literal' && beside.value === '*') facts.wildcards.add(rule.name);
  }
}

function noteCompared(rule: string, request: string, { comparedWith }: Facts): void {
  comparedWith.set(rule, (comparedWith.get(rule) ?? new Set()).add(request));
}

function readCall(callee: Node, given: readonly Node[], fields: Fields, facts: Facts): void {
  const name = callee.type === 'Identifier' ? callee.name : '';
  const [first, second, third, ...more] = given.map((node) => readText(node, fields, facts));
  if (name === 'keyMatch') {
    // The other way about, whoever sends the request would write the pattern.
    if (first?.of !== 'r' || second?.of !== 'p' || third !== undefined) {
      throw new MatcherError('keyMatch is called with other arguments', 'Write keyMatch(r.obj, p.obj).');
    }
    facts.patterns.add(second.name);
    noteCompared(second.name, first.name, facts);
    return;
  }
  if (name !== 'g') {
    throw new MatcherError(
      `the matcher calls "${name}", which may take forever or is not known`,
      'Use ==, keyMatch (a "*" at the end stands for any rest) and g.',
    );
  }
  const isOfSubject = first?.of === 'r' && first.name === 'sub' && second?.of === 'p';
  const isOfTenant = third === undefined || (third.of === 'r' && third.name === 'dom');
  const arity = given.length === 3 ? 3 : 2;
  if (!isOfSubject || !isOfTenant || more.length > 0 || (facts.groupArity ?? arity) !== arity) {
    throw new MatcherError('g is called with other arguments', 'Write g(r.sub, p.sub), or g(r.sub, p.sub, r.dom).');
  }
  facts.groupArity = arity;
}
