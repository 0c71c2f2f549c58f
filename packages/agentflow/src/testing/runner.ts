import * as node from 'node:test';

/** The two functions of a test runner that a suite needs: `{ describe, test }` of Vitest, Jest or `node:test`. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
}

/** One test of a suite. It fails by throwing. */
export interface Check {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Node's own runner where none is named: it is always there. Under another one, no test at all would be found. */
export function runChecks(name: string, checks: readonly Check[], runner: Runner = node): void {
  void runner.describe(name, () => {
    for (const { title, run } of checks) void runner.test(title, run);
  });
}

/** How a suite asks a backend that is made for one test and closed after it. */
export function withBackend<B extends { close?(): unknown }>(
  factory: () => B | Promise<B>,
  body: (backend: B) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const backend = await factory();
    try {
      await body(backend);
    } finally {
      await backend.close?.();
    }
  };
}
