import type { Expression } from '../expression/expression.js';
import type { Model } from '../model/model.js';

/**
 * An expression as a matcher writes it. With the values of a rule, they stand in place of its fields: `r.obj == "graph"`, and a
 * condition that the rule holds in place of `eval(p.when)`.
 */
export function writeExpression(
  expression: Expression,
  { request, rule, vocabulary }: Pick<Model, 'request' | 'rule' | 'vocabulary'>,
  values?: readonly string[],
): string {
  const write = (one: Expression): string => {
    switch (one.type) {
      case 'literal':
        return JSON.stringify(one.value);
      case 'request':
        return [vocabulary.r, request[one.field], ...one.path].join('.');
      case 'rule':
        return values === undefined ? `${vocabulary.p}.${rule[one.field]}` : JSON.stringify(values[one.field]);
      case 'and':
        return one.parts.map((part) => (part.type === 'or' ? `(${write(part)})` : write(part))).join(' && ');
      case 'or':
        return one.parts.map(write).join(' || ');
      case 'not':
        return `!(${write(one.of)})`;
      case 'compare':
        return `${write(one.left)} ${one.operator} ${write(one.right)}`;
      case 'in':
        return `${write(one.item)} in ${'type' in one.list ? write(one.list) : `(${one.list.map(write).join(', ')})`}`;
      case 'link':
        return `${one.name}(${[one.member, one.role, ...(one.domain === undefined ? [] : [one.domain])].map(write).join(', ')})`;
      case 'pattern':
        return `${one.function}(${write(one.text)}, ${write(one.pattern)})`;
      case 'key':
        return `${one.function}(${one.parts.map(write).join(', ')})`;
      case 'eval':
        return values === undefined ? `eval(${vocabulary.p}.${rule[one.field]})` : (values[one.field] ?? '');
    }
  };
  return write(expression);
}
