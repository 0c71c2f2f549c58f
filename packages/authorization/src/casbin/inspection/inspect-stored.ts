import type { StoredPolicy } from '@agentflow/core';
import { createLineCheck } from '../check-line.js';
import { buildStored, databaseName } from '../database/build-stored.js';
import { refuseEmpty } from '../database/seed.js';
import { createStoredLines } from '../database/stored-lines.js';
import { loadModel, type Place, tellFaults } from '../load-policy.js';
import type { CasbinAuthorizationOptions } from '../options.js';
import { type InspectedPolicy, inspectLoaded } from './inspected-policy.js';
import { linesOfDatabase } from './written-lines.js';

/**
 * Makes what a database holds ready for inspection.
 * @throws {ConfigurationError} with the lines of all that is wrong, or if there are none
 */
export async function inspectStored(
  stored: StoredPolicy,
  { model: file, max_rules: maxRules }: Pick<CasbinAuthorizationOptions, 'model' | 'max_rules'>,
  place: Place,
): Promise<InspectedPolicy> {
  if (stored.lines.length === 0) refuseEmpty(place.path);
  const model = await loadModel({ model: file }, place);
  const lines = createStoredLines(model, createLineCheck(model, place.guarded));
  const name = { name: databaseName, key: [...place.path, 'policy'] };
  const policy = await tellFaults(name, () => buildStored(stored, { model, lines, maxRules }));
  return inspectLoaded(policy, linesOfDatabase(stored.lines));
}
