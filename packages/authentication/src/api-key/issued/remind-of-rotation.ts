import type { IssuingSurroundings } from '@agentflow/core';

/** Names the keys that are older than keys should become. */
export interface RotationReminder {
  /** For the line of the start; empty where none is due. */
  describe(): string;
  close(): void;
}

const dayMilliseconds = 86_400_000;

/** As many as one line can name. */
const mostNamed = 20;

/** Looks at once, and each day. What cannot be looked at is looked at the next day. */
export function createRotationReminder(
  rotateAfterSeconds: number,
  { openStores, clock, log, isTrial }: IssuingSurroundings,
): RotationReminder {
  let due = 0;

  async function look(): Promise<void> {
    try {
      const { apiKeys } = await openStores();
      const found = await apiKeys.olderThan(clock.now() - rotateAfterSeconds * 1000, mostNamed);
      due = found.length;
      if (due === 0) return;
      const keys = found.map(({ id, name, owner }) => ({ id, name, subject: owner.subject }));
      log.warn({ keys }, `${described()} for rotation: POST /v1/api-keys/{key_id}/rotate`);
    } catch (error) {
      log.warn({ error }, 'which keys are due for rotation could not be read');
    }
  }

  const described = () => (due === 1 ? '1 key is due' : `${due === mostNamed ? `${due} or more` : due} keys are due`);
  if (isTrial) return { describe: () => '', close: () => undefined };
  const timer = setInterval(() => void look(), dayMilliseconds);
  timer.unref();
  const first = setTimeout(() => void look(), 0);
  first.unref();
  return {
    describe: () => (due === 0 ? '' : `; ${described()} for rotation`),
    close() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
