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

/** Deeper than any that a person writes; whatever walks an expression may do so by recursion. */
const maxDepth = 200;

/** @throws {Error} if it is no expression, or one that is nested too deep */
export function parseSyntax(text: string): Node {
  const root: unknown = jsep(text);
  const open = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (node === null) throw new Error('a list has a gap');
    if (depth > maxDepth) throw new Error('it is nested too deep');
    if (typeof node !== 'object') continue;
    for (const child of Object.values(node)) {
      const children: readonly unknown[] = Array.isArray(child) ? child : [child];
      for (const one of children) if (typeof one === 'object') open.push({ node: one, depth: depth + 1 });
    }
  }
  return root as Node;
}
