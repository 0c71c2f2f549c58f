/** What a matcher, or a condition that a rule holds, says. Fields are numbers: places in a request or in a rule. */
export type Expression =
  | { readonly type: 'literal'; readonly value: string | number | boolean }
  | { readonly type: 'request'; readonly field: number; readonly path: readonly string[] }
  | { readonly type: 'rule'; readonly field: number }
  | { readonly type: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly type: 'not'; readonly of: Expression }
  | { readonly type: 'compare'; readonly operator: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly type: 'in'; readonly item: Expression; readonly list: Expression | readonly Expression[] }
  | Link
  | { readonly type: 'pattern'; readonly function: string; readonly text: Expression; readonly pattern: Expression }
  | { readonly type: 'key'; readonly function: 'keyGet' | 'keyGet2'; readonly parts: readonly Expression[] }
  | { readonly type: 'eval'; readonly field: number };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** `g(r.sub, p.sub)`: whether the member is the role, or has it; in one domain, where the model has domains. */
export interface Link {
  readonly type: 'link';
  readonly name: string;
  readonly member: Expression;
  readonly role: Expression;
  readonly domain: Expression | undefined;
}

/** Every part of an expression, itself first. */
export function* partsOf(expression: Expression): Generator<Expression> {
  yield expression;
  for (const child of childrenOf(expression)) yield* partsOf(child);
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case 'literal':
    case 'request':
    case 'rule':
    case 'eval':
      return [];
    case 'and':
    case 'or':
    case 'key':
      return expression.parts;
    case 'not':
      return [expression.of];
    case 'compare':
      return [expression.left, expression.right];
    case 'in':
      return [expression.item, ...('type' in expression.list ? [expression.list] : expression.list)];
    case 'link':
      return [expression.member, expression.role, ...(expression.domain === undefined ? [] : [expression.domain])];
    case 'pattern':
      return [expression.text, expression.pattern];
  }
}

/** Whether it looks at a field of a rule. What does not is decided once for a request, whatever the rules. */
export function looksAtRules(expression: Expression): boolean {
  for (const part of partsOf(expression)) if (part.type === 'rule' || part.type === 'eval') return true;
  return false;
}
