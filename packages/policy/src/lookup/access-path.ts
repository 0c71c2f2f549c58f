import { type Expression, type Link, looksAtRules } from '../expression/expression.js';

/*
 * Which rules can match a request at all, read from the matcher. `g(r.sub, p.sub) && r.obj == p.obj` says that the second
 * field of a rule must be the request's, and the first one of the names of whoever asks: an index answers both.
 */

/** What a field of a rule must be, for the rule to match. */
export type Source =
  | { readonly kind: 'value'; readonly of: Expression }
  | { readonly kind: 'elements'; readonly of: Expression }
  | { readonly kind: 'names'; readonly of: Link }
  | { readonly kind: 'pattern'; readonly of: Expression; readonly function: string };

/** A field of a rule, and everything that it may be: one source or another. */
export interface Column {
  readonly field: number;
  readonly sources: readonly Source[];
}

/** One way in which a rule may match: all its columns fit, and its guards hold. */
export interface AccessPath {
  readonly columns: readonly Column[];
  /** What the request alone decides. */
  readonly guards: readonly Expression[];
  /** Whether more of the rule is looked at than its columns. */
  readonly looksAtRules: boolean;
}

/** More ways than this would cost more than they save: then rules are looked at one by one. */
const maxPaths = 32;

/** The ways in which a rule may match; together they miss none. */
export function accessPathsOf(matcher: Expression): readonly AccessPath[] {
  const ways = expand(matcher);
  return (ways.length > maxPaths ? [[matcher]] : ways).map(toPath);
}

/** As alternatives of parts that must all hold. An "or" about one field of a rule stays one part: it is one column. */
function expand(expression: Expression): readonly (readonly Expression[])[] {
  if (expression.type === 'and') {
    let ways: readonly (readonly Expression[])[] = [[]];
    for (const part of expression.parts) {
      const more = expand(part);
      ways = ways.flatMap((way) => more.map((one) => [...way, ...one]));
      if (ways.length > maxPaths) return ways;
    }
    return ways;
  }
  if (expression.type === 'or' && columnOf(expression) === undefined) return expression.parts.flatMap(expand);
  return [[expression]];
}

function toPath(parts: readonly Expression[]): AccessPath {
  const columns = parts.map(columnOf).filter((column) => column !== undefined);
  return {
    columns: columns.filter(({ field }, index) => columns.findIndex((one) => one.field === field) === index),
    guards: parts.filter((part) => !looksAtRules(part)),
    looksAtRules: parts.some(looksAtRules),
  };
}

/** What a part says of one field of a rule; undefined if it says nothing that an index could answer. */
function columnOf(part: Expression): Column | undefined {
  if (part.type === 'or') {
    const columns = part.parts.map(columnOf);
    const [first] = columns;
    if (first === undefined || columns.some((column) => column?.field !== first.field)) return undefined;
    return oneKind(
      first.field,
      columns.flatMap((column) => column?.sources ?? []),
    );
  }
  if (part.type === 'compare' && part.operator === '==') {
    return valueColumn(part.left, part.right) ?? valueColumn(part.right, part.left);
  }
  if (part.type === 'in' && part.item.type === 'rule') {
    const { field } = part.item;
    if ('type' in part.list) return column(field, { kind: 'elements', of: part.list });
    if (part.list.some(looksAtRules)) return undefined;
    return { field, sources: part.list.map((of) => ({ kind: 'value', of })) };
  }
  if (part.type === 'link' && part.role.type === 'rule' && !looksAtRules(part.member)) {
    if (part.domain !== undefined && looksAtRules(part.domain)) return undefined;
    return column(part.role.field, { kind: 'names', of: part });
  }
  if (part.type === 'pattern' && part.pattern.type === 'rule' && !looksAtRules(part.text)) {
    return column(part.pattern.field, { kind: 'pattern', of: part.text, function: part.function });
  }
  return undefined;
}

function valueColumn(rule: Expression, value: Expression): Column | undefined {
  return rule.type === 'rule' && !looksAtRules(value) ? column(rule.field, { kind: 'value', of: value }) : undefined;
}

function column(field: number, source: Source): Column {
  return { field, sources: [source] };
}

/**
 * A pattern is found by how it begins, a name as a whole. One index answers both only for a pattern and the texts that a
 * matcher itself names, as in `p.obj == "*" || keyMatch(r.obj, p.obj)`.
 */
function oneKind(field: number, sources: readonly Source[]): Column | undefined {
  const patterns = sources.filter(({ kind }) => kind === 'pattern');
  const rest = sources.filter((source) => source.kind !== 'pattern' && source.of.type !== 'literal');
  const isOneFunction = new Set(patterns.map((source) => (source.kind === 'pattern' ? source.function : ''))).size < 2;
  return patterns.length > 0 && (rest.length > 0 || !isOneFunction) ? undefined : { field, sources };
}
