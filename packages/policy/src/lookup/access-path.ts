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
  return expand(matcher).map(toPath);
}

type Ways = readonly (readonly Expression[])[];

/**
 * As alternatives of parts that must all hold. An "or" about one field of a rule stays one part: it is one column; and so does
 * one of too many alternatives.
 */
function expand(expression: Expression): Ways {
  if (expression.type === 'and') {
    let ways: Ways = [[]];
    for (const part of expression.parts) {
      const more = expand(part);
      const taken: Ways = ways.length * more.length > maxPaths ? [[part]] : more;
      ways = ways.flatMap((way) => taken.map((one) => [...way, ...one]));
    }
    return ways;
  }
  if (expression.type !== 'or' || columnOf(expression) !== undefined) return [[expression]];
  const ways = expression.parts.flatMap(expand);
  return ways.length > maxPaths ? [[expression]] : ways;
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
    const columns = part.list.map((one) => valueColumn(part.item, one));
    if (columns.includes(undefined)) return undefined;
    return { field, sources: columns.flatMap((one) => one?.sources ?? []) };
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
  // A number is equal to more than one text, and not known to differ from others.
  const isText = value.type !== 'literal' || typeof value.value === 'string';
  const isColumn = rule.type === 'rule' && isText && !looksAtRules(value);
  return isColumn ? column(rule.field, { kind: 'value', of: value }) : undefined;
}

function column(field: number, source: Source): Column {
  return { field, sources: [source] };
}

/**
 * A pattern is found by how it begins, a name as a whole. One index answers both only for one pattern and the texts that a
 * matcher itself names, as in `p.obj == "*" || keyMatch(r.obj, p.obj)`.
 */
function oneKind(field: number, sources: readonly Source[]): Column | undefined {
  const patterns = sources.filter(({ kind }) => kind === 'pattern');
  const rest = sources.filter((source) => source.kind !== 'pattern' && source.of.type !== 'literal');
  const isOne = patterns.length === 1 && rest.length === 0;
  return patterns.length === 0 || isOne ? { field, sources } : undefined;
}
