import { ConfigurationError } from '@agentflow/core';

/**
 * Does one after the other, the second also where the first has faults, so that the faults of both are told. What the second has
 * made is let go of where the first has failed, and the other way round.
 * @throws {ConfigurationError} with the faults of both
 */
export async function settleInTurn<A, B>(
  [first, undoFirst]: readonly [() => Promise<A>, (made: A) => Promise<void>],
  [second, undoSecond]: readonly [() => Promise<B>, (made: B) => Promise<void>],
): Promise<[A, B]> {
  const [one] = await Promise.allSettled([first()]);
  const [other] = await Promise.allSettled([second()]);
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value];
  if (one.status === 'fulfilled') await undoFirst(one.value);
  if (other.status === 'fulfilled') await undoSecond(other.value);
  const errors = [one, other].flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const unexpected = errors.find((error) => !(error instanceof ConfigurationError));
  const faults = errors.flatMap((error) => (error instanceof ConfigurationError ? error.faults : []));
  throw unexpected ?? new ConfigurationError(faults);
}

/** For what holds nothing. */
export const nothingToUndo = async (): Promise<void> => undefined;
