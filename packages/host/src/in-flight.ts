/** The requests that are being answered, so that the end of the server can wait for them, or end them. */
export interface InFlight {
  /** True from the moment that the server begins to end. */
  isEnding: boolean;
  begin(): { readonly controller: AbortController; done(): void };
  /** Aborts all of them with a reason. */
  abort(reason: unknown): void;
  /** Resolves when there are none, or after the given time. True if there are none. */
  settle(milliseconds: number): Promise<boolean>;
}

export function createInFlight(): InFlight {
  const controllers = new Set<AbortController>();
  const waiting = new Set<() => void>();
  return {
    isEnding: false,
    begin() {
      const controller = new AbortController();
      controllers.add(controller);
      return {
        controller,
        done() {
          controllers.delete(controller);
          if (controllers.size === 0) for (const resolve of waiting) resolve();
        },
      };
    },
    abort(reason) {
      for (const controller of controllers) controller.abort(reason);
    },
    async settle(milliseconds) {
      if (controllers.size === 0) return true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(finish, milliseconds);
        function finish() {
          clearTimeout(timer);
          waiting.delete(finish);
          resolve();
        }
        waiting.add(finish);
      });
      return controllers.size === 0;
    },
  };
}
