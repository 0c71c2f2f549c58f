import { createKeyDigest, type ServingSurroundings } from '@agentflow/core';
import { createUnusualUse, type UnusualUse } from './unusual-use.js';

/** Watches the keys of the configuration. They need no pepper, so their networks are kept under a key that is in the database. */
export function createConfiguredUses({
  openStores: open,
  clock,
  log,
}: Pick<ServingSurroundings, 'openStores' | 'clock' | 'log'>): UnusualUse {
  const digest = async (text: string) => {
    const { serverKeys } = await open();
    return createKeyDigest(await serverKeys.obtain('networks-of-keys'))(text);
  };
  return createUnusualUse({ open, digest, prefix: 'configured:', clock, log });
}
