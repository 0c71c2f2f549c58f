import jsep from 'jsep';

/** The nodes of jsep's tree that mean something here; whatever else it knows is refused where it is read. */
export type Node =
  | { readonly type: 'BinaryExpression'; operator: string; left: Node; right: Node }
  | { readonly type: 'UnaryExpression'; operator: string; argument: Node }
  | { readonly type: 'CallExpression'; callee: Node; arguments: readonly Node[] }
  | { readonly type: 'MemberExpression'; computed: boolean; object: Node; property: Node }
  | { readonly type: 'ArrayExpression'; elements: readonly Node[] }
  | { readonly type: 'SequenceExpression'; expressions: readonly Node[] }
  | { readonly type: 'Identifier'; name: string }
  | { readonly type: 'Literal'; value: unknown };

// `in` binds as it does in JavaScript. Casbin gives it the place of `||`, where `a && b in c` is `(a && b) in c`.
jsep.addBinaryOp('in', 7);

/** @throws {Error} if it is no expression */
export function parseSyntax(text: string): Node {
  return jsep(text) as Node;
}
