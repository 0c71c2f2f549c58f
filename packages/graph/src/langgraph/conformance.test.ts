import { type Stores, systemClock } from '@agentflow/core';
import { openSqlite } from '@agentflow/stores';
import { validate } from '@langchain/langgraph-checkpoint-validation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreCheckpointSaver } from './checkpointer.js';

// The suite expects its runner's functions to be global.
Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it });

const open = new Map<StoreCheckpointSaver, Stores>();

/** LangGraph's own suite for savers, all of it. */
validate({
  checkpointerName: 'StoreCheckpointSaver',
  async createCheckpointer() {
    const stores = await openSqlite(':memory:', systemClock);
    const saver = new StoreCheckpointSaver(stores.checkpoints);
    open.set(saver, stores);
    return saver;
  },
  async destroyCheckpointer(saver) {
    await open.get(saver)?.close();
    open.delete(saver);
  },
});
