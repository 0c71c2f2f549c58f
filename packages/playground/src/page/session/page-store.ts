import type { KeptSession, SessionStore } from '@agentflow/client';

/** The memory of this page, for all clients of one session: what one of them has renewed, the others take. */
export function createPageStore(): SessionStore {
  let kept: KeptSession | null = null;
  let last: Promise<unknown> = Promise.resolve();
  return {
    load: () => kept,
    save: (session) => {
      kept = session;
    },
    clear: () => {
      kept = null;
    },
    exclusive: (work) => {
      const done = last.then(work);
      last = done.catch(() => {});
      return done;
    },
  };
}
