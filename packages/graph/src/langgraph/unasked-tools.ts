import { AsyncLocalStorage } from 'node:async_hooks';
import { type Log, RunEndedError } from '@agentflow/core';
import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { currentRun, type GuardedRun } from './guarded-run.js';
import { memberOf } from './runnable-shape.js';

/** A use of a tool that has been asked about, and may be. */
export interface AskedUse {
  readonly tool: object;
  /** LangChain's id of the use, once it has begun. */
  begunAs: string | undefined;
}

export const askedUse = new AsyncLocalStorage<AskedUse>();

/**
 * Refuses each tool that begins without having been asked about: it is of a copy of LangChain that was loaded after the start,
 * or that lies where nothing looked. It also carries the run where only the config does.
 */
export class UnaskedTools extends BaseCallbackHandler {
  override readonly name = 'agentflow_unasked_tools';
  override readonly awaitHandlers = true;
  override readonly raiseError = true;
  readonly run: GuardedRun;
  readonly #log: Log;

  constructor(run: GuardedRun, log: Log) {
    super({ ignoreLLM: true, ignoreChain: true, ignoreRetriever: true, ignoreCustomEvent: true });
    this.run = run;
    this.#log = log;
  }

  override copy(): UnaskedTools {
    return this;
  }

  override async handleToolStart(_tool: unknown, _input: string, runId: string): Promise<void> {
    const asked = askedUse.getStore();
    if (this.run.hasEnded) throw new RunEndedError();
    if (!this.run.asksAbout('tool')) return;
    // A handler may stand in the list twice, and then hears of one use twice.
    if (asked !== undefined && (asked.begunAs === undefined || asked.begunAs === runId)) {
      asked.begunAs = runId;
      return;
    }
    this.#log.error({}, 'a tool was refused that cannot be guarded: it is of another copy of @langchain/core');
    // Its name is not known either, so nobody may: what is asked is the refusal, for the audit trail.
    throw (await this.run.refusalOf('tool', '')) ?? new Error('You may not use this tool.');
  }
}

/**
 * The runs that a use belongs to: the one that goes on, and the one whose config it was given. They
 * differ where the graph's code has kept the config of one run for another: then both must allow it.
 */
export function runsOf(config: unknown): readonly GuardedRun[] {
  const callbacks = Array.isArray(config) ? config : memberOf(config, 'callbacks');
  // A list, or LangChain's manager of one.
  const list = Array.isArray(callbacks) ? callbacks : memberOf(callbacks, 'handlers');
  const handlers: readonly unknown[] = Array.isArray(list) ? list : [];
  const given = handlers.flatMap((one) => (one instanceof UnaskedTools ? [one.run] : []));
  return [...new Set([currentRun(), ...given])].filter((run) => run !== undefined);
}
