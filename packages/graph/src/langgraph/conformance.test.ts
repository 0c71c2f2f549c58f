import { type Stores, systemClock } from '@agentflow/core';
import { openSqlite } from '@agentflow/stores';
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { validate } from '@langchain/langgraph-checkpoint-validation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreCheckpointSaver } from './checkpointer.js';

// The suite expects its runner's functions to be global.
Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it });

let stores: Stores;

/** LangGraph's own suite for savers, all of it. Its types know savers with numbered versions only. */
validate({
  checkpointerName: 'StoreCheckpointSaver',
  async createCheckpointer() {
    stores = await openSqlite(':memory:', systemClock);
    return new StoreCheckpointSaver(stores.checkpoints) as unknown as BaseCheckpointSaver;
  },
  destroyCheckpointer: () => stores.close(),
});
