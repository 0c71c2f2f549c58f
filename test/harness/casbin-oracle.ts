import { type Enforcer, newEnforcer, newModelFromString } from 'casbin';
import type { PolicyLine } from '../../packages/policy/src/index.js';

/** Casbin itself, left alone, with whole policies put into it. */
export interface CasbinOracle {
  load(lines: readonly PolicyLine[]): Promise<void>;
  isAllowed(request: readonly unknown[]): boolean;
}

export async function createCasbinOracle(model: string): Promise<CasbinOracle> {
  const enforcer: Enforcer = await newEnforcer(newModelFromString(model));
  const load: CasbinOracle['load'] = async (lines) => {
    const nothing = async () => undefined;
    enforcer.setAdapter({
      loadPolicy: async (loaded) => {
        for (const { key, values } of lines)
          loaded.model
            .get(key.slice(0, 1))
            ?.get(key)
            ?.policy.push([...values]);
      },
      ...{ savePolicy: async () => true, addPolicy: nothing },
      ...{ removePolicy: nothing, removeFilteredPolicy: nothing },
    });
    await enforcer.loadPolicy();
  };
  return { load, isAllowed: (request) => enforcer.enforceSync(...request) };
}
