import { askAhead, type ChosenPolicies, type ChosenPolicy, policiesToAsk } from './ask-ahead.js';

export interface AdministratorRightsParts extends ChosenPolicies {
  /** Of `login`: the first administrator has it. */
  readonly role: string;
  /** Nobody has looked at what the database holds. */
  readonly isTrial: boolean;
}

/** All that the routes about users ask for. */
const actions = ['read', 'write', 'delete'] as const;

/**
 * That the role of the first administrator does not let them administer users, and what to do about it. Undefined where it does, or where
 * only requests will show.
 */
export async function findPowerlessRole(parts: AdministratorRightsParts): Promise<string | undefined> {
  const { role, isTrial } = parts;
  for (const policy of policiesToAsk(parts)) {
    if (isTrial && policy.configured.backend.livePolicy !== undefined) continue;
    // A policy that cannot be asked now is no reason not to start.
    const missing = await missingRights(policy, role).catch(() => []);
    if (missing.length === 0) continue;
    const { method } = policy;
    const lacks = `the first administrator has the role "${role}", and "${method}" does not give it ${missing.join(', ')}`;
    return `${lacks}. ${remedies(role)[method]}`;
  }
  return undefined;
}

async function missingRights(policy: ChosenPolicy, role: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const action of actions) {
    const effect = await askAhead(
      policy,
      { subject: 'first-administrator', roles: [role] },
      { resource: 'user', action },
    );
    if (effect === 'deny') missing.push(`user:${action}`);
  }
  return missing;
}

function remedies(role: string): Readonly<Record<ChosenPolicy['method'], string>> {
  const another = 'or name a role that has them as "administrator_role" of "login"';
  return {
    ownership: `Write "authorization": {"method": "ownership", "administrator_role": "${role}"}: whoever else has that role has them too.`,
    roles: `Give it "user:*" in "roles", ${another}.`,
    casbin: `Add a rule to the policy, such as "p, ${role}, user, *", ${another}.`,
    'insecure-allow-all': '',
    custom: '',
  };
}
