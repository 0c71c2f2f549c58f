import { UnavailableError } from '@agentflow/core';
import type { SignInParts } from './provider.js';

/** Whether this is the first use of an attempt: in the database, so that it holds on every instance. */
export async function useOnce(
  attempt: string,
  expiresAt: number,
  { openStores }: Pick<SignInParts, 'openStores'>,
): Promise<boolean> {
  try {
    return await (await openStores()).signIns.use(attempt, expiresAt);
  } catch (error) {
    throw new UnavailableError({ reason: 'whether an attempt was used before cannot be looked up', cause: error });
  }
}
