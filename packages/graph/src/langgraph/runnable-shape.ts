/** What is wrapped is the user's, perhaps of another copy of LangChain than ours: it is known by its shape alone. */
export interface Invokable {
  invoke(input: unknown, config?: unknown, ...more: unknown[]): unknown;
}

export function isInvokable(value: unknown): value is Invokable {
  return typeof value === 'object' && value !== null && 'invoke' in value && typeof value.invoke === 'function';
}

/** What stands under a name in something that may be anything. */
export function memberOf(value: unknown, name: string): unknown {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Reflect.get(value, name)
    : undefined;
}

/** The object in a chain of prototypes that itself has a method of this name. */
export function ownerOf(value: object, method: string): object | undefined {
  let owner: object | null = value;
  while (owner !== null && !Object.hasOwn(owner, method)) owner = Reflect.getPrototypeOf(owner);
  return owner !== null && typeof Reflect.get(owner, method) === 'function' ? owner : undefined;
}

type Method = (this: unknown, ...given: unknown[]) => unknown;

const wrapped = new WeakMap<object, Set<string>>();

/** Puts another method in the place of one, once; it is given the one that was there. */
export function wrapMethod(
  owner: object,
  name: string,
  wrap: (original: (receiver: unknown, given: readonly unknown[]) => unknown) => Method,
): void {
  const names = wrapped.get(owner) ?? new Set();
  if (names.has(name)) return;
  const method: unknown = Reflect.get(owner, name);
  if (typeof method !== 'function') throw new TypeError(`there is no method "${name}"`);
  const original = (receiver: unknown, given: readonly unknown[]): unknown => Reflect.apply(method, receiver, given);
  Object.defineProperty(owner, name, { value: wrap(original), writable: true, configurable: true });
  wrapped.set(owner, names.add(name));
}

export function isWrapped(value: object, name: string): boolean {
  const owner = ownerOf(value, name);
  return owner !== undefined && wrapped.get(owner)?.has(name) === true;
}
