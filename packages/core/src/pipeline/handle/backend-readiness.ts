import type { ConfiguredAuthorization } from '../../authorization-backend.js';
import { toPrintable } from '../../control-characters.js';
import { isThenable, withDeadline } from '../../deadline.js';
import type { Log } from '../../log.js';
import { watchStall } from '../../stall.js';

/** A backend that may be a plugin's, without types and without a `ready`. */
export interface AskedBackend extends Pick<ConfiguredAuthorization, 'name' | 'deadlineMilliseconds'> {
  readonly backend: { ready?(): unknown };
}

/** Asks once whether a backend can decide: why not, or undefined where it can. A throw, a time-out or nonsense is a no. */
export async function whyNotReady(asked: AskedBackend, log?: Log): Promise<string | undefined> {
  const { name, backend, deadlineMilliseconds } = asked;
  try {
    const answer = watchStall(name, undefined, log, () => (backend.ready === undefined ? true : backend.ready()));
    const settled = isThenable(answer) ? await withDeadline(answer, deadlineMilliseconds, name) : answer;
    if (settled === true) return undefined;
    return typeof settled === 'string' ? toPrintable(settled) : 'ready() answered neither true nor a text';
  } catch (error) {
    return error instanceof Error ? toPrintable(error.message) : 'ready() threw something that is not an Error';
  }
}

/**
 * Asks all backends at once whether they can decide. The log hears of each change, and not of each question: strangers may ask
 * as often as they like, and for the same reason one question to a backend is answered to all who ask meanwhile.
 */
export function createReadinessProbe(backends: readonly AskedBackend[], log: Log): () => Promise<boolean> {
  const probes = backends.map((backend) => createBackendProbe(backend, log));
  return async () => {
    const answers = await Promise.all(probes.map((probe) => probe()));
    return answers.every((isReady) => isReady);
  };
}

function createBackendProbe(asked: AskedBackend, log: Log): () => Promise<boolean> {
  const backend = asked.name;
  let known: string | undefined;
  let asking: Promise<boolean> | undefined;

  async function ask(): Promise<boolean> {
    const reason = await whyNotReady(asked, log);
    if (reason !== undefined && reason !== known) log.error({ backend, reason }, `${backend} is not ready to decide`);
    if (reason === undefined && known !== undefined) log.info({ backend }, `${backend} is ready again`);
    known = reason;
    return reason === undefined;
  }

  return () => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}
