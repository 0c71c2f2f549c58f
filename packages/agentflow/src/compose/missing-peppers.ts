import type { Log, Peppers, PepperUse, PepperUseStore } from '@agentflow/core';

export interface MissingPepperParts {
  readonly peppers: Peppers;
  readonly stores: { readonly pepperUses: PepperUseStore };
  readonly log: Log;
}

/**
 * A server with another pepper than its database starts, and refuses what was issued before: that is said at its start, and not found out by
 * those who are refused.
 */
export async function tellMissingPeppers({ peppers, stores, log }: MissingPepperParts): Promise<void> {
  try {
    const missing = (await stores.pepperUses.list()).filter(({ pepperId }) => peppers.find(pepperId) === undefined);
    if (missing.length === 0) return;
    const remedy = 'Set the former as AGENTFLOW_PEPPER_PREVIOUS, and restart.';
    const what = `${sumUp(missing)} in the database: made with another AGENTFLOW_PEPPER than is set here, and refused`;
    log.warn({ missing, has: peppers.current.id }, `${what}. ${remedy}`);
  } catch (error) {
    log.warn({ error }, 'which pepper the keys and sessions in the database were made with could not be read');
  }
}

const nouns = { signingKeys: 'signing key', sessions: 'session', apiKeys: 'API key' } as const;

function sumUp(uses: readonly PepperUse[]): string {
  const parts = (['signingKeys', 'sessions', 'apiKeys'] as const).flatMap((kind) => {
    const count = uses.reduce((sum, use) => sum + use[kind], 0);
    return count === 0 ? [] : [`${count} ${nouns[kind]}${count === 1 ? '' : 's'}`];
  });
  return parts.join(', ');
}
