/** Tells whoever listens that something has changed, not what. */
export interface ChangeBell {
  ring(): void;
  /** Calls with each change, until the function that it returns is called. */
  listen(listener: () => void): () => void;
}

export function createChangeBell(): ChangeBell {
  const listeners = new Set<() => void>();
  return {
    ring() {
      for (const listener of listeners) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
