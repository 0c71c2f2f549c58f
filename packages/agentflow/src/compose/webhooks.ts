import { createWebhooks } from '@agentflow/authentication';
import type { BackendSurroundings, Webhooks } from '@agentflow/core';
import type { Configuration } from '../configuration/schema.js';

/**
 * The webhooks of the file; undefined where it has none.
 * @throws {ConfigurationError} with the faults of all of them
 */
export function chooseWebhooks(
  { webhooks = {} }: Configuration,
  surroundings: BackendSurroundings,
): Webhooks | undefined {
  if (Object.keys(webhooks).length === 0) return undefined;
  return createWebhooks(webhooks, { ...surroundings, path: ['webhooks'] });
}
