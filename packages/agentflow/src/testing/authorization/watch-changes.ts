/** A copy that tells of every attempt to change it, at any depth, also where the one who tried hides that it failed. */
export function watchChanges<T extends object>(value: T): { readonly watched: T; readonly changes: readonly string[] } {
  const changes: string[] = [];
  const known = new WeakMap<object, object>();
  const refuse = (what: string) => (_target: object, key: string | symbol) => {
    changes.push(`${what} ${String(key)}`);
    return false;
  };
  const watch = <V extends object>(part: V): V => {
    return new Proxy<V>(part, {
      get(target, key, receiver) {
        const member: unknown = Reflect.get(target, key, receiver);
        if (typeof member !== 'object' || member === null) return member;
        const watched = known.get(member) ?? watch(member);
        known.set(member, watched);
        return watched;
      },
      set: refuse('set'),
      defineProperty: refuse('defined'),
      deleteProperty: refuse('deleted'),
      setPrototypeOf: (target) => refuse('the prototype of')(target, 'it'),
    });
  };
  return { watched: watch(structuredClone(value)), changes };
}
