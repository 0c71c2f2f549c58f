import { fieldOf, type Node } from './matcher-syntax.js';
import { type RequestField, requestFieldNamed } from './request-field.js';

/**
 * What must be true of a rule, whatever else the matcher says, for the rule to apply. Casbin builds an object for each rule
 * that it looks at, about 2 µs; whoever knows this first need not show it the others.
 */
export interface Requirement {
  /** The field of the rule. */
  readonly field: string;
  /** What it must be equal to: a field of the request, or one of the names of whoever asks. */
  readonly equals: { readonly request: RequestField } | 'name';
  /** Whether `*` will do, too. */
  readonly orAny: boolean;
}

/** Reads them from the parts that are joined by `&&`, and are of a known form. There may be none. */
export function findRequirements(node: Node): readonly Requirement[] {
  if (node.type === 'LogicalExpression' && node.operator === '&&') {
    return [...findRequirements(node.left), ...findRequirements(node.right)];
  }
  const plain = equality(node);
  if (plain !== undefined) return [{ ...plain, orAny: false }];
  if (node.type !== 'LogicalExpression' || node.operator !== '||') return [];
  const { left, right } = node;
  const either = equality(left) ?? equality(right);
  const any = wildcardField(left) ?? wildcardField(right);
  return either !== undefined && either.field === any ? [{ ...either, orAny: true }] : [];
}

/** `r.obj == p.obj`, or `g(r.sub, p.sub)`. */
function equality(node: Node): Omit<Requirement, 'orAny'> | undefined {
  if (node.type === 'CallExpression') {
    const [, role] = node.arguments;
    const isGroup = node.callee.type === 'Identifier' && node.callee.name === 'g';
    const field = isGroup && role !== undefined ? fieldOf(role) : undefined;
    return field?.of === 'p' ? { field: field.name, equals: 'name' } : undefined;
  }
  if (node.type !== 'BinaryExpression' || node.operator !== '==') return undefined;
  const [one, other] = [fieldOf(node.left), fieldOf(node.right)];
  const rule = one?.of === 'p' ? one : other;
  const asked = one?.of === 'r' ? one : other;
  const request = asked?.of === 'r' ? requestFieldNamed(asked.name) : undefined;
  return rule?.of === 'p' && request !== undefined ? { field: rule.name, equals: { request } } : undefined;
}

/** The field in `p.obj == "*"`. */
function wildcardField(node: Node): string | undefined {
  if (node.type !== 'BinaryExpression' || node.operator !== '==') return undefined;
  const isAny = (one: Node) => one.type === 'Literal' && one.value === '*';
  const beside = isAny(node.right) ? node.left : isAny(node.left) ? node.right : undefined;
  const field = beside === undefined ? undefined : fieldOf(beside);
  return field?.of === 'p' ? field.name : undefined;
}
