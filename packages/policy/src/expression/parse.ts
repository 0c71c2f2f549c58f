import { PatternError } from '../patterns/pattern.js';
import { patternFunctions } from '../patterns/pattern-functions.js';
import { type Comparison, type Expression, partsOf } from './expression.js';
import { type Node, parseSyntax } from './syntax.js';

/** The names that an expression may use. */
export interface Vocabulary {
  /** What a request and a rule are called: `r` and `p`, or `r2` and `p2`. */
  readonly r: string;
  readonly p: string;
  readonly request: readonly string[];
  readonly rule: readonly string[];
  readonly links: ReadonlyMap<string, 2 | 3>;
}

/** An expression that is refused. The message goes on after "the matcher", or "the condition". */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

const comparisons: readonly Comparison[] = ['==', '!=', '<', '<=', '>', '>='];

/** Longer than any that a person writes, and short enough to be read at once. */
const maxLength = 4096;

/**
 * Reads a matcher, or a condition in a rule.
 * @throws {ExpressionError}
 */
export function parseExpression(text: string, vocabulary: Vocabulary): Expression {
  if (text.length > maxLength) {
    throw new ExpressionError(`has more than ${maxLength} characters`, 'Write rules instead of one long condition.');
  }
  return condition(nodeOf(text), vocabulary);
}

/**
 * Reads a condition that a rule holds, for `eval`: a matcher that asks for no further condition.
 * @throws {ExpressionError}
 */
export function parseCondition(text: string, { vocabulary }: { readonly vocabulary: Vocabulary }): Expression {
  const condition = parseExpression(text, vocabulary);
  for (const { type } of partsOf(condition)) {
    if (type === 'eval') throw new ExpressionError('calls eval within eval', 'Write the condition itself.');
  }
  return condition;
}

function nodeOf(text: string): Node {
  try {
    return parseSyntax(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : 'not an expression';
    throw new ExpressionError(`cannot be read: ${what}`, 'Write it as in g(r.sub, p.sub) && r.obj == p.obj.');
  }
}

/** Something that is true or false. A text alone is true where it is not empty: `keyGet2(r.obj, p.obj, "id")`. */
function condition(node: Node, vocabulary: Vocabulary): Expression {
  if (node.type === 'BinaryExpression') {
    const { operator } = node;
    if (operator === '&&' || operator === '||') {
      const type = operator === '&&' ? 'and' : 'or';
      return { type, parts: joined(node, operator).map((part) => condition(part, vocabulary)) };
    }
    if (operator === 'in') return membership(node.left, node.right, vocabulary);
    const comparison = comparisons.find((one) => one === operator);
    if (comparison !== undefined) {
      return {
        ...{ type: 'compare', operator: comparison },
        ...{ left: operand(node.left, vocabulary), right: operand(node.right, vocabulary) },
      };
    }
    throw new ExpressionError(`has the operator "${operator}"`, `Use &&, ||, !, in, ${comparisons.join(', ')}.`);
  }
  if (node.type === 'UnaryExpression' && node.operator === '!') {
    return { type: 'not', of: condition(node.argument, vocabulary) };
  }
  if (node.type === 'CallExpression') return call(node, vocabulary);
  return operand(node, vocabulary);
}

/** `a && b && c` as one list. */
function joined(node: Node, operator: string): readonly Node[] {
  if (node.type !== 'BinaryExpression' || node.operator !== operator) return [node];
  return [...joined(node.left, operator), ...joined(node.right, operator)];
}

/** Something that has a value: a text, a number, a field, an attribute. */
function operand(node: Node, vocabulary: Vocabulary): Expression {
  switch (node.type) {
    case 'Literal': {
      const { value } = node;
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        return { type: 'literal', value };
      }
      break;
    }
    case 'UnaryExpression': {
      const { argument } = node;
      if (node.operator !== '-' || argument.type !== 'Literal' || typeof argument.value !== 'number') break;
      return { type: 'literal', value: -argument.value };
    }
    case 'MemberExpression':
    case 'Identifier':
      return field(node, vocabulary);
    case 'CallExpression': {
      const value = call(node, vocabulary);
      if (value.type === 'key') return value;
      break;
    }
    case 'BinaryExpression':
    case 'ArrayExpression':
    case 'SequenceExpression':
      break;
  }
  throw new ExpressionError(
    'has a part that is neither a text, a number nor a field',
    'Compare fields ("r.obj", "p.obj"), attributes ("r.sub.level") and texts ("admin").',
  );
}

/** `r.sub`, `p.sub`, or `r.sub.department.name`. */
function field(node: Node, { r, p, request, rule }: Vocabulary): Expression {
  const [root, name = '', ...path] = pathOf(node);
  if (root === r || root === p) {
    const known = root === r ? request : rule;
    const place = known.indexOf(name);
    if (place === -1) {
      throw new ExpressionError(
        `asks for "${root}.${name}", which is not defined`,
        `Defined are ${known.map((one) => `"${root}.${one}"`).join(', ')}.`,
      );
    }
    if (root === r) return { type: 'request', field: place, path };
    if (path.length === 0) return { type: 'rule', field: place };
    throw new ExpressionError(
      `asks for an attribute of "${p}.${name}", which is a text`,
      'Only what a request brings has attributes.',
    );
  }
  throw new ExpressionError(`does not know "${String(root)}"`, `Fields are "${r}.…" and "${p}.…".`);
}

function pathOf(node: Node): readonly string[] {
  if (node.type === 'Identifier') return [node.name];
  if (node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier') {
    return [...pathOf(node.object), node.property.name];
  }
  throw new ExpressionError('has a field with brackets, or of no name', 'Write attributes with dots: "r.sub.level".');
}

/** `r.obj in ("data1", "data2")`, or `r.sub.team in r.obj.teams`. */
function membership(item: Node, list: Node, vocabulary: Vocabulary): Expression {
  const several =
    list.type === 'ArrayExpression' ? list.elements : list.type === 'SequenceExpression' ? list.expressions : undefined;
  if (several !== undefined) {
    const values = several.map((one) => operand(one, vocabulary));
    return { type: 'in', item: operand(item, vocabulary), list: values };
  }
  const value = operand(list, vocabulary);
  return { type: 'in', item: operand(item, vocabulary), list: value.type === 'request' ? value : [value] };
}

function call(node: Extract<Node, { type: 'CallExpression' }>, vocabulary: Vocabulary): Expression {
  const name = node.callee.type === 'Identifier' ? node.callee.name : '';
  const given = node.arguments.map((one) => operand(one, vocabulary));
  const expect = (isGood: boolean, form: string) => {
    if (!isGood) throw new ExpressionError(`calls ${name} with other arguments`, `Write ${form}.`);
  };
  const arity = vocabulary.links.get(name);
  const [first, second, third] = given;
  if (arity !== undefined) {
    expect(given.length === arity, arity === 2 ? `${name}(r.sub, p.sub)` : `${name}(r.sub, p.sub, r.dom)`);
    if (first !== undefined && second !== undefined) {
      return { type: 'link', name, member: first, role: second, domain: third };
    }
  }
  if (patternFunctions.has(name) && first !== undefined && second !== undefined) {
    // The other way about, whoever sends the request would write the pattern.
    expect(given.length === 2 && !looksAtRequest(second), `${name}(r.obj, p.obj)`);
    checkPattern(name, second);
    return { type: 'pattern', function: name, text: first, pattern: second };
  }
  if (name === 'keyGet' || name === 'keyGet2') {
    const isGood = given.length === (name === 'keyGet' ? 2 : 3) && second !== undefined && !looksAtRequest(second);
    expect(isGood, name === 'keyGet' ? 'keyGet(r.obj, p.obj)' : 'keyGet2(r.obj, p.obj, "id")');
    if (name === 'keyGet2' && second !== undefined) checkPattern('keyMatch2', second);
    return { type: 'key', function: name, parts: given };
  }
  if (name === 'eval') {
    if (given.length === 1 && first?.type === 'rule') return { type: 'eval', field: first.field };
    throw new ExpressionError('calls eval with other arguments', 'Write eval(p.sub_rule).');
  }
  const known = [...vocabulary.links.keys(), ...patternFunctions.keys(), 'keyGet', 'keyGet2', 'eval'];
  throw new ExpressionError(`calls "${name}", which is not known`, `Known are ${known.join(', ')}.`);
}

function looksAtRequest(expression: Expression): boolean {
  return [...partsOf(expression)].some(({ type }) => type === 'request');
}

/** A pattern that the matcher itself holds is read with it. */
function checkPattern(name: string, pattern: Expression): void {
  if (pattern.type !== 'literal' || typeof pattern.value !== 'string') return;
  try {
    patternFunctions.get(name)?.(pattern.value);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ExpressionError(`calls ${name} with a pattern that cannot be read: ${error.message}`, error.remedy);
  }
}
