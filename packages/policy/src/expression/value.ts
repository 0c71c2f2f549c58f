/** An attribute of somebody or something, as JSON has them. */
export type Attribute =
  | string
  | number
  | boolean
  | null
  | readonly Attribute[]
  | { readonly [name: string]: Attribute };

export type Attributes = Readonly<Record<string, Attribute>>;

/** Somebody or something that a request is about, with more than a name. */
export interface Entity {
  /** What it is where a text is wanted. */
  readonly name: string;
  /** What it has besides the links of the policy: the roles that a credential carries. */
  readonly roles?: readonly string[] | undefined;
  readonly attributes?: Attributes | undefined;
}

/** One field of a request. */
export type RequestValue = string | Entity;

/**
 * What a part of an expression is worth. Undefined is not known: an attribute that is not there, or two values that cannot be
 * compared. Casbin compares loosely, as JavaScript does, for which two absent owners are equal.
 */
export type Value = Attribute | undefined;

/** Whether a condition holds; undefined where that is not known. */
export type Truth = boolean | undefined;

export function truthOf(value: Value): Truth {
  if (typeof value === 'boolean') return value;
  return typeof value === 'string' ? value !== '' : undefined;
}

/** Texts with texts, numbers with numbers. A text that is a number's own way of writing is compared as that number. */
export function compare(left: Value, right: Value): number | undefined {
  if (typeof left === 'string' && typeof right === 'string') return orderOf(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return orderOf(left, right);
  const [one, other] = [numberOf(left), numberOf(right)];
  return one === undefined || other === undefined ? undefined : orderOf(one, other);
}

/** Not by a difference: infinity less infinity is no number. */
function orderOf<T extends string | number | boolean>(one: T, other: T): number | undefined {
  if (one < other) return -1;
  if (one > other) return 1;
  return one === other ? 0 : undefined;
}

/** Whether two values are one and the same; undefined where they are of two kinds. */
export function isSameValue(one: Value, other: Value): Truth {
  return typeof one === typeof other && typeof one !== 'object' && one !== undefined ? one === other : undefined;
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const number = Number(value);
  return String(number) === value && Number.isFinite(number) ? number : undefined;
}

/** The attribute at the end of a path; undefined where there is none. Nothing is inherited from a prototype. */
export function attributeAt(value: RequestValue | undefined, path: readonly string[]): Value {
  if (value === undefined) return undefined;
  if (path.length === 0) return typeof value === 'string' ? value : value.name;
  let found: Value = typeof value === 'string' ? undefined : value.attributes;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found) || !Object.hasOwn(found, name)) {
      return undefined;
    }
    found = (found as Attributes)[name];
  }
  return found;
}
