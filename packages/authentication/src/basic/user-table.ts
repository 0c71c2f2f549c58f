import {
  type AuthenticationResult,
  authenticated,
  type Clock,
  createPrincipal,
  limitedAddress,
  localRealm,
  type RevocationSource,
  rejected,
  type StoredUser,
  type UserStore,
} from '@agentflow/core';
import { LRUCache } from 'lru-cache';
import { createProcessDigest } from '../process-digest.js';
import type { BasicSource } from './basic-auth.js';
import type { NameAndPassword } from './parse-basic.js';

/** How a password is tried: slowly, and not too often. */
export type ProvePassword = (
  proof: NameAndPassword & { readonly address: string },
) => Promise<
  { readonly kind: 'proved'; readonly user: StoredUser } | { readonly kind: 'refused'; readonly reason: string }
>;

export interface UserTableParts {
  readonly open: () => Promise<{ readonly users: Pick<UserStore, 'findByName'> }>;
  readonly prove: ProvePassword;
  readonly revocations: RevocationSource;
  readonly clock: Clock;
}

/** What was found good, and of whom: not the password, nor anything that it could be guessed from outside of this process. */
interface Proved {
  readonly userId: string;
  readonly passwordChangedAt: number | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const remembered = { max: 1000, ttl: 5 * 60_000, updateAgeOnGet: true };

/**
 * The users of this server. Each request brings the password, and what goes on is asked about twice a second: so a password that was found
 * good is remembered, for as long as the user's row says the same of it, which is looked up each time. One that was not good is not. It is
 * remembered where it came from: elsewhere it is an attempt, or whoever guesses there would know the right one by its being let in where every
 * other is too many.
 */
export function createUserTable(parts: UserTableParts): BasicSource {
  const { open, prove, revocations, clock } = parts;
  const digest = createProcessDigest();
  const proved = new LRUCache<string, Proved>(remembered);
  const proving = new Map<string, Promise<AuthenticationResult>>();

  /** Undefined where it was not proved, or has changed since. */
  async function recall(key: string, username: string): Promise<AuthenticationResult | undefined> {
    const known = proved.get(key);
    if (known === undefined) return undefined;
    const user = await (await open()).users.findByName(username);
    const isSame = user?.id === known.userId && user.passwordChangedAt === known.passwordChangedAt;
    if (user !== undefined && isSame && user.disabledAt === undefined) {
      const answer = knownAs(user, known.at);
      if (!revocations.isRevoked({ principal: answer.principal, ...answer.evidence })) return answer;
    }
    proved.delete(key);
    return undefined;
  }

  async function proveAnew(key: string, proof: NameAndPassword, address: string): Promise<AuthenticationResult> {
    // Before it is looked at: what is taken back meanwhile takes this back too.
    const at = clock.now();
    const result = await prove({ ...proof, address });
    if (result.kind === 'refused') return rejected(result.reason);
    const { user } = result;
    proved.set(key, { userId: user.id, passwordChangedAt: user.passwordChangedAt, at });
    return knownAs(user, at);
  }

  return {
    async find(proof, address) {
      const key = digest(limitedAddress(address), proof.username, proof.password);
      const recalled = await recall(key, proof.username);
      if (recalled !== undefined) return recalled;
      // A client that opens with many requests at once proves itself once.
      const going = proving.get(key) ?? proveAnew(key, proof, address).finally(() => proving.delete(key));
      proving.set(key, going);
      return going;
    },
    description: 'the users of this server',
  };
}

function knownAs({ id, tenant, roles, username }: StoredUser, issuedAt: number) {
  const principal = createPrincipal({ realm: localRealm, subject: id, tenant, roles, claims: { username } });
  return authenticated(principal, { issuedAt });
}
