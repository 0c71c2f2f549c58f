const holders = new WeakMap<object, number>();

/**
 * A plugin that is exported as an instance may stand behind several backends, and behind those of the next configuration: it is
 * closed with the last of them.
 */
export function closeWithLast<B extends { close(): void | Promise<void> }>(plugin: unknown, backend: B): B {
  if (typeof plugin !== 'object' || plugin === null) return backend;
  holders.set(plugin, (holders.get(plugin) ?? 0) + 1);
  const close = backend.close.bind(backend);
  return Object.assign(backend, {
    async close() {
      const others = (holders.get(plugin) ?? 1) - 1;
      holders.set(plugin, others);
      if (others === 0) await close();
    },
  });
}
