import { RunEndedError } from '../../graph-runtime.js';
import type { OwnedMemories } from '../../stores/memory-store.js';

/**
 * The memories of whoever a run belongs to, for as long as the run has its thread. A node that is deaf to the end of its run neither
 * reads nor writes them then, as it cannot write the thread.
 */
export function rememberWhileHeld(memories: OwnedMemories, hold: AbortSignal): OwnedMemories {
  const whileHeld =
    <A extends readonly unknown[], R>(use: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      if (hold.aborted) throw new RunEndedError();
      return use(...given);
    };
  return {
    put: whileHeld((input) => memories.put(input)),
    get: whileHeld((namespace, key) => memories.get(namespace, key)),
    find: whileHeld((memoryId) => memories.find(memoryId)),
    delete: whileHeld((namespace, key) => memories.delete(namespace, key)),
    deleteWhere: whileHeld((conditions, among) => memories.deleteWhere(conditions, among)),
    search: whileHeld((query) => memories.search(query)),
    listNamespaces: whileHeld(() => memories.listNamespaces()),
  };
}
