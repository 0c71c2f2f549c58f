import { ClientLeftError } from '@agentflow/core';

/** One of them. */
export interface RequestInFlight {
  /** Aborted when its client leaves, and when the server ends. */
  readonly signal: AbortSignal;
  /** Aborted when the server ends. */
  readonly serverEnd: AbortSignal;
  leave(): void;
  done(): void;
}

/** The requests that are being answered, so that the end of the server can wait for them, or end them. */
export interface InFlight {
  /** True from the moment that the server begins to end. */
  isEnding: boolean;
  begin(): RequestInFlight;
  /** Aborts all of them with a reason. */
  abort(reason: unknown): void;
  /** Resolves when there are none, or after the given time. True if there are none. */
  settle(milliseconds: number): Promise<boolean>;
}

export function createInFlight(): InFlight {
  const ends = new Set<(reason: unknown) => void>();
  const waiting = new Set<() => void>();
  return {
    isEnding: false,
    begin() {
      const controller = new AbortController();
      const serverEnd = new AbortController();
      const end = (reason: unknown) => {
        serverEnd.abort(reason);
        controller.abort(reason);
      };
      ends.add(end);
      return {
        signal: controller.signal,
        serverEnd: serverEnd.signal,
        leave: () => controller.abort(new ClientLeftError()),
        done() {
          ends.delete(end);
          if (ends.size === 0) for (const resolve of waiting) resolve();
        },
      };
    },
    abort(reason) {
      for (const end of ends) end(reason);
    },
    async settle(milliseconds) {
      if (ends.size === 0) return true;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(finish, milliseconds);
        function finish() {
          clearTimeout(timer);
          waiting.delete(finish);
          resolve();
        }
        waiting.add(finish);
      });
      return ends.size === 0;
    },
  };
}
