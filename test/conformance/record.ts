import type { Runner } from 'agentflow/testing';

/** A runner that keeps what a suite declares, so that it can be seen which of its tests a backend fails. */
export interface Recorder extends Runner {
  /** Runs them all, one after another, and tells the titles of those that failed. */
  failures(): Promise<readonly string[]>;
  readonly count: number;
}

export function createRecorder(): Recorder {
  const declared: { readonly name: string; readonly body: () => Promise<void> }[] = [];
  return {
    describe: (_name, body) => body(),
    test: (name, body) => void declared.push({ name, body }),
    get count() {
      return declared.length;
    },
    async failures() {
      const failed: string[] = [];
      for (const { name, body } of declared) await body().catch(() => failed.push(name));
      return failed;
    },
  };
}
