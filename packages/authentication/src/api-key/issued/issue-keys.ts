import {
  AccessDeniedError,
  type ApiKeyIssuer,
  type ApiKeyMaker,
  type ApiKeyStore,
  type ApiKeyWish,
  type Clock,
  type IssuedApiKey,
  type IssuingSurroundings,
  lastTime,
  localRealm,
  type NewApiKey,
  ownerOf,
  type Peppers,
  type Principal,
  revocationOfKey,
  type StoredApiKey,
  type Stores,
  ValidationError,
} from '@agentflow/core';
import { type MadeKey, makeKey, prefixOf } from './key-form.js';
import type { IssuedOptions } from './options.js';
import { orAsKept } from './or-as-kept.js';
import { type FindConfigured, findOwnerNow, principalOf } from './owner-now.js';
import type { RememberedKeys } from './remembered-keys.js';
import { isAlive, macPurpose } from './verify-key.js';

export interface IssueParts {
  readonly surroundings: IssuingSurroundings;
  readonly findConfigured: FindConfigured;
  readonly peppers: Peppers;
  readonly remembered: Pick<RememberedKeys, 'forget'>;
}

type Rules = IssuedOptions & { readonly environment: string };

type Whose = Parameters<ApiKeyIssuer['revoke']>[1];

type Held = Pick<NewApiKey, 'holder' | 'heldBy'>;

/** Of our own users' ids. */
export const userIdPrefix = 'usr_';

/** The shortest life that anybody can ask for. */
const shortestMilliseconds = 60_000;

/** Beside all that they may have, as many that were rotated may live on. */
const overlapFactor = 2;

export function createIssuer(rules: Rules, parts: IssueParts): ApiKeyIssuer {
  const { surroundings, findConfigured, peppers, remembered } = parts;
  const { clock, openStores: open, revocations } = surroundings;

  /** What was kept is in force here at once. */
  function takeBack(key: StoredApiKey): void {
    remembered.forget(key.id);
    revocations.apply([revocationOfKey(key, clock.now())]);
  }

  function proofOf({ id, text, last4, environment }: MadeKey) {
    const mac = peppers.current.mac(macPurpose, text).toString('base64url');
    return { id, last4, environment, mac, pepperId: peppers.current.id };
  }

  async function issue(by: ApiKeyMaker, wish: ApiKeyWish): Promise<IssuedApiKey | undefined> {
    const stores = await open();
    const held = await readHolder(by, stores, findConfigured);
    const owner = ownerOf(by.principal);
    const ownerRoles = by.principal.roles;
    const now = await findOwnerNow({ owner, ...held, ownerRoles }, { users: stores.users, findConfigured });
    if (now === undefined) throw nobodyAnyMore();
    // Who has come with fewer roles than they have altogether, gets a key with no more of them.
    const isWhole = now.roles.every((role) => ownerRoles.includes(role));
    const made = makeKey(rules.environment);
    const { name, scopes, rate, quota } = wish;
    const roles = wish.roles ?? (isWhole ? undefined : ownerRoles);
    const expiresAt = readEnd(wish.expiresAt, held, rules, clock);
    const key = { ...proofOf(made), ...held, family: made.id, owner, ownerRoles, name, scopes, roles, rate, quota };
    const stored = await stores.apiKeys.add({ ...key, expiresAt }, rules.max_keys);
    return stored && { key: made.text, stored };
  }

  return {
    issue,
    list: async (owner) => (await open()).apiKeys.listOf(owner),
    listIn: async (tenant, page) => (await open()).apiKeys.listIn(tenant, page),
    async revoke(id, whose) {
      const { apiKeys } = await open();
      const revoking = { id, whose, beganAt: clock.now() };
      const revoked = await orAsKept(apiKeys.revoke(id, whose), () => findRevoked(revoking, apiKeys));
      if (revoked !== undefined) takeBack(revoked);
      return revoked;
    },
    async rotate(id, by, overlapSeconds, judge) {
      const stores = await open();
      const { apiKeys, users } = stores;
      const owner = ownerOf(by.principal);
      const old = await apiKeys.find(id);
      if (old === undefined || old.revokedAt !== undefined || !isOf(old, owner)) return 'unknown';
      if (!isAlive(old, clock.now())) return 'ended';
      if (old.replacedBy !== undefined) return 'rotated';
      const now = await findOwnerNow(old, { users, findConfigured });
      if (now === undefined) return 'ended';
      const given = principalOf(old, now);
      judge(given);
      const held = await readHolder(by, stores, findConfigured);
      const living = (await apiKeys.listOf(owner)).filter((key) => isAlive(key, clock.now()));
      if (living.length >= rules.max_keys * overlapFactor) return 'many';
      if (!(await apiKeys.hasRoom(owner, rules.max_keys))) return 'many';
      const made = makeKey(rules.environment);
      const { createdAt: _1, revokedAt: _2, replacedBy: _3, lastUsedAt: _4, ...same } = old;
      const narrowed = isSameHolder(old, held) ? narrowToMaker(old, by) : narrowTo(given);
      const next: NewApiKey = { ...same, ...proofOf(made), ...narrowed, expiresAt: renewEnd(old, rules, clock) };
      const endsAt = Math.min(clock.now() + (overlapSeconds ?? rules.overlap) * 1000, lastTime);
      const replacing = apiKeys.replace(id, owner, endsAt, next);
      const replaced = await orAsKept(replacing, () => findReplaced(id, next.id, apiKeys));
      // Somebody else was faster, or took it back.
      if (replaced === undefined) return 'rotated';
      remembered.forget(id);
      if (!isAlive(replaced.old, clock.now())) takeBack(replaced.old);
      return { key: made.text, stored: replaced.next };
    },
    isDueForRotation: ({ createdAt, replacedBy }) =>
      replacedBy === undefined && clock.now() - createdAt >= rules.rotate_after * 1000,
    prefixOf,
  };
}

/** What has been revoked since then; undefined where it was not, or had been before. */
async function findRevoked(
  { id, whose, beganAt }: { readonly id: string; readonly whose: Whose; readonly beganAt: number },
  apiKeys: Pick<ApiKeyStore, 'find'>,
): Promise<StoredApiKey | undefined> {
  const key = await apiKeys.find(id);
  return key !== undefined && isOf(key, whose) && (key.revokedAt ?? 0) >= beganAt ? key : undefined;
}

async function findReplaced(id: string, nextId: string, apiKeys: Pick<ApiKeyStore, 'find'>) {
  const [old, next] = [await apiKeys.find(id), await apiKeys.find(nextId)];
  return old && next && { old, next };
}

/** By what the maker of a key is known from now on. */
async function readHolder(
  { principal, credentialId }: ApiKeyMaker,
  { users }: Pick<Stores, 'users'>,
  findConfigured: FindConfigured,
): Promise<Held> {
  const configured = credentialId === undefined ? undefined : findConfigured(credentialId);
  if (configured !== undefined && configured.subject === principal.subject && configured.realm === principal.realm) {
    return { holder: 'key', heldBy: credentialId };
  }
  const user = principal.realm === localRealm ? await users.find(principal.subject) : undefined;
  if (user?.tenant === principal.tenant) return { holder: 'user', heldBy: undefined };
  // Their credential was good when the request began: they are gone since then, and no key is to outlive them.
  if (principal.realm === localRealm && principal.subject.startsWith(userIdPrefix)) throw nobodyAnyMore();
  return { holder: 'elsewhere', heldBy: undefined };
}

/** @throws {ValidationError} */
function readEnd(asked: number | undefined, held: Held, rules: Rules, clock: Clock): number | undefined {
  const now = clock.now();
  const longest = longestOf(held, rules);
  const latest = longest === undefined ? undefined : now + longest * 1000;
  if (asked === undefined) return earliest(rules.ttl === undefined ? undefined : now + rules.ttl * 1000, latest);
  if (asked < now + shortestMilliseconds) throw invalidEnd('must be at least a minute from now');
  if (latest !== undefined && asked > latest) throw invalidEnd(`must be within ${longest} seconds from now`);
  return asked;
}

/** As long as the one before it was made for. */
function renewEnd(old: StoredApiKey, rules: Rules, clock: Clock): number | undefined {
  if (old.expiresAt === undefined) return undefined;
  const life = old.expiresAt - old.createdAt;
  const longest = longestOf(old, rules);
  return Math.min(clock.now() + Math.min(life, longest === undefined ? life : longest * 1000), lastTime);
}

/** In seconds. */
function longestOf({ holder }: Held, { max_ttl, max_ttl_elsewhere }: Rules): number | undefined {
  return holder === 'elsewhere' ? earliest(max_ttl, max_ttl_elsewhere) : max_ttl;
}

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

/** Nobody can be asked about who is known elsewhere but themselves: what they have lost by now, their next key has not. */
function narrowToMaker({ holder, ownerRoles }: StoredApiKey, { principal }: ApiKeyMaker) {
  if (holder !== 'elsewhere') return {};
  return { ownerRoles: ownerRoles.filter((role) => principal.roles.includes(role)) };
}

/** Who rotates a key by another credential than it was made by, has no part in what that other one is given later. */
function narrowTo({ roles, scopes }: Principal) {
  return { roles, scopes };
}

function isSameHolder(one: Held, other: Held): boolean {
  return one.holder === other.holder && one.heldBy === other.heldBy;
}

function isOf({ owner }: StoredApiKey, whose: Whose): boolean {
  if (owner.tenant !== whose.tenant) return false;
  return !('subject' in whose) || (owner.realm === whose.realm && owner.subject === whose.subject);
}

function nobodyAnyMore(): AccessDeniedError {
  return new AccessDeniedError({
    message: 'Forbidden: you may make no keys any more.',
    reason: 'the owner of the key would be nobody who is known, or somebody who is disabled',
  });
}

function invalidEnd(message: string): ValidationError {
  return new ValidationError([{ loc: ['body', 'expiresAt'], msg: message, type: 'time' }]);
}
