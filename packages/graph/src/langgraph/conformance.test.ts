import { type CheckpointStore, type Stores, systemClock } from '@agentflow/core';
import type { RunnableConfig } from '@langchain/core/runnables';
import {
  type BaseCheckpointSaver,
  type CheckpointListOptions,
  type CheckpointTuple,
  emptyCheckpoint,
} from '@langchain/langgraph-checkpoint';
import { validate } from '@langchain/langgraph-checkpoint-validation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';
import { StoreCheckpointSaver } from './checkpointer.js';

// The suite expects its runner's functions to be global.
Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it });

let database: TestDatabase;
let stores: Stores;

/** The suite writes to threads without asking anybody; our store wants whoever writes to hold the thread. */
function holding({ checkpoints, leases }: Stores): CheckpointStore {
  const hold = (threadUuid: string) => leases.acquire(threadUuid, 'conformance', 60_000);
  return {
    ...checkpoints,
    async put(record, changed) {
      await hold(record.threadUuid);
      await checkpoints.put(record, changed);
    },
    async putWrites(key, writes) {
      await hold(key.threadUuid);
      await checkpoints.putWrites(key, writes);
    },
    async deleteState(threadUuid) {
      await hold(threadUuid);
      await checkpoints.deleteState(threadUuid);
    },
  };
}

/**
 * The suite also lists without naming a thread, which ours refuses to do: it would reach everybody's. Here, and only here,
 * that is answered from the threads that the suite has written.
 */
class ListingSaver extends StoreCheckpointSaver {
  readonly #written = new Set<string>();

  override async put(...call: Parameters<StoreCheckpointSaver['put']>) {
    this.#written.add(String(call[0].configurable?.['thread_id']));
    return super.put(...call);
  }

  override async *list(config: RunnableConfig, options: CheckpointListOptions = {}): AsyncGenerator<CheckpointTuple> {
    if (config.configurable?.['thread_id'] !== undefined) {
      yield* super.list(config, options);
      return;
    }
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    for (const thread of this.#written) {
      for await (const tuple of super.list({ configurable: { ...config.configurable, thread_id: thread } }, options)) {
        if (left <= 0) return;
        left -= 1;
        yield tuple;
      }
    }
  }
}

/** LangGraph's own suite for savers, all of it. Its types know savers with numbered versions only. */
describeOnDatabases((createDatabase, name) => {
  it('lists nothing where no thread is named', async () => {
    database = await createDatabase();
    stores = await database.open(systemClock);
    const saver = new StoreCheckpointSaver(holding(stores));
    const hers = { configurable: { thread_id: 'hers' } };
    await saver.put(hers, emptyCheckpoint(), { source: 'input', step: -1, parents: {} }, {});
    const count = async (config: RunnableConfig) => {
      let found = 0;
      for await (const _ of saver.list(config)) found += 1;
      return found;
    };
    expect([await count({}), await count({ configurable: {} }), await count(hers)]).toEqual([0, 0, 1]);
    await stores.close();
    await database.remove();
  });

  validate({
    checkpointerName: `StoreCheckpointSaver on ${name}`,
    async createCheckpointer() {
      database = await createDatabase();
      stores = await database.open(systemClock);
      return new ListingSaver(holding(stores)) as unknown as BaseCheckpointSaver;
    },
    async destroyCheckpointer() {
      await stores.close();
      await database.remove();
    },
  });
});
