import jsep from 'jsep';

/** The nodes of an expression that a matcher may have; the checks refuse a node of any other type. */
export type Node =
  | { readonly type: 'LogicalExpression' | 'BinaryExpression'; operator: string; left: Node; right: Node }
  | { readonly type: 'UnaryExpression'; operator: string; argument: Node }
  | { readonly type: 'CallExpression'; callee: Node; arguments: readonly Node[] }
  | { readonly type: 'Identifier'; name: string }
  | { readonly type: 'Literal'; value: unknown };

/** A field of the request or of the rule. */
export interface Field {
  readonly of: 'r' | 'p';
  readonly name: string;
}

/**
 * Parses as casbin's evaluator does.
 * @throws {Error} if it is no expression
 */
export function parseExpression(text: string): Node {
  return jsep(text) as Node;
}

/** `r_sub` is what casbin makes of `r.sub`. */
export function fieldOf(node: Node): Field | undefined {
  const [, of, name] = node.type === 'Identifier' ? (/^([rp])_(\w+)$/.exec(node.name) ?? []) : [];
  return name === undefined ? undefined : { of: of === 'r' ? 'r' : 'p', name };
}
