import { AsyncLocalStorage } from 'node:async_hooks';
import { RunEndedError, type UsableResource, type UseGuard } from '@agentflow/core';

/**
 * A run that asks before its nodes and tools where it is to, and starts none once it has ended. LangChain starts a tool whose signal was
 * aborted long ago, and the code of a node may never look at it. The run is found by whatever happens within it, wherever the graph's code passes
 * its config on and wherever it does not.
 */
export class GuardedRun {
  readonly #guard: UseGuard;
  readonly #end: AbortSignal;
  readonly #ended = new AbortController();

  /** @param end aborted when the run has ended, whether its code has noticed or not */
  constructor(guard: UseGuard, end: AbortSignal) {
    this.#guard = guard;
    this.#end = end;
  }

  /** Aborted, with the refusal, once a node was refused: such a run does not go on, whatever the graph makes of the error. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  get hasEnded(): boolean {
    return this.#end.aborted;
  }

  asksAbout(resource: UsableResource): boolean {
    return this.#guard.resources.has(resource);
  }

  /** Why a use must not be; undefined where it may. Whatever is thrown is a refusal. */
  async refusalOf(resource: UsableResource, name: string): Promise<Error | undefined> {
    try {
      if (this.asksAbout(resource) && !this.hasEnded) await this.#guard.requireUse(resource, name);
    } catch (error) {
      return error instanceof Error ? error : new Error(`This ${resource} cannot be used at the moment.`);
    }
    return this.hasEnded ? new RunEndedError() : undefined;
  }

  end(refusal: Error): void {
    this.#ended.abort(refusal);
  }
}

const current = new AsyncLocalStorage<GuardedRun>();

/** The run that the code which calls this belongs to. */
export function currentRun(): GuardedRun | undefined {
  return current.getStore();
}

/** Reads a stream so that all that happens for it belongs to the run. */
export async function* streamWithin<T>(
  run: GuardedRun,
  start: () => Promise<AsyncIterable<T>>,
): AsyncGenerator<T, void, undefined> {
  const iterator = await current.run(run, async () => (await start())[Symbol.asyncIterator]());
  try {
    for (;;) {
      const result = await current.run(run, () => iterator.next());
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    await current.run(run, async () => iterator.return?.());
  }
}
