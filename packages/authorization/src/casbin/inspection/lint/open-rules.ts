import type { Rule } from '@agentflow/policy';
import { allPermissions } from '@agentflow/protocol';
import { createAsker } from '../asker.js';
import { tenantsOf, unnamedIds } from '../enumeration.js';
import type { InspectedPolicy } from '../inspected-policy.js';
import type { Finding } from './finding.js';

/** What only whoever runs the server should do. */
const administrative: ReadonlySet<string> = new Set([
  ...['session', 'user', 'api-key', 'policy', 'audit', 'credential', 'config'],
]);

/** What changes something, or reaches beyond the server. */
const risky: ReadonlySet<string> = new Set([...['write', 'delete', 'share', 'upload', 'setup', 'fix', 'stop', 'call']]);

/** Rules by which everybody who is authenticated may do what few should. */
export function findOpenRules(inspected: InspectedPolicy): readonly Finding[] {
  const allowed = new Map<Rule, Set<string>>();
  for (const tenant of tenantsOf(inspected)) {
    const { user } = createAsker(inspected, { tenant });
    for (const permission of allPermissions) {
      for (const id of unnamedIds(inspected)) {
        const { outcome, matches } = inspected.explain({ user, permission, id });
        if (outcome.effect === 'deny') continue;
        for (const { rule } of matches) {
          if (rule.effect === 'allow') allowed.set(rule, (allowed.get(rule) ?? new Set()).add(permission));
        }
      }
    }
  }
  return [...allowed].flatMap(([rule, permissions]): readonly Finding[] => {
    const message = openWords([...permissions]);
    if (message === undefined) return [];
    return [{ kind: 'open', place: inspected.placeOf(rule), rule: inspected.textOf(rule), message }];
  });
}

function openWords(permissions: readonly string[]): string | undefined {
  if (permissions.length === allPermissions.length) return 'lets everybody who is authenticated do everything';
  const told = permissions.filter((permission) => {
    const [resource = '', action = ''] = permission.split(':');
    return administrative.has(resource) || risky.has(action);
  });
  return told.length === 0 ? undefined : `lets everybody who is authenticated do ${told.join(', ')}`;
}
