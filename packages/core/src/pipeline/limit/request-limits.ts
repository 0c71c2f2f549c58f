import type { RouteName } from '@agentflow/protocol';
import type { ConfiguredAuth } from '../../base-auth.js';
import { UnauthenticatedError } from '../../errors.js';
import type { Counters, Taking } from '../../limits/counters.js';
import type { KeyDigest } from '../../limits/key-digest.js';
import { limitedAddress } from '../../limits/limited-address.js';
import { keyOfOwner, ownerOf, type Principal } from '../../principal.js';
import type { Signals } from '../../signals.js';
import type { RequestView } from '../request.js';
import { createCountRequest, type LimitedRequest } from './count-request.js';
import type { CredentialName, KnownCredentials } from './known-credentials.js';
import { endingRoutes, type LimitRules, uncountedRoutes } from './limit-rules.js';

export interface RequestLimitsOptions {
  readonly rules: LimitRules;
  readonly counters: Counters;
  readonly digest: KeyDigest;
  /** Outlives these rules: others that follow them guess no more and no less. */
  readonly known: KnownCredentials;
  readonly signals: Signals;
}

/** How often requests may come. Each throws a `RateLimitedError` where this one is too much; then it has counted against nothing. */
export interface RequestLimits {
  /** One of which nothing is known but where it came from. */
  unreadable(address: string, record: LimitedRequest): Promise<void>;
  /** One that can be read: before any work is done for what it presents. Returns the name of that, for {@link rejected}. */
  presented(
    request: RequestView,
    backends: readonly ConfiguredAuth[],
    record: LimitedRequest,
  ): Promise<CredentialName | undefined>;
  /** What was presented was no good. */
  rejected(address: string, credential: CredentialName | undefined): Promise<void>;
  /** What was presented was good: whose it is, is known now. */
  accepted(
    request: RequestView,
    principal: Principal,
    credential: CredentialName | undefined,
    record: LimitedRequest,
  ): Promise<void>;
}

export function createRequestLimits({ rules, counters, digest, known, signals }: RequestLimitsOptions): RequestLimits {
  const take = createCountRequest(counters, signals);
  const accountNames = new WeakMap<Principal, string>();

  function takingsOfAddress(from: string): Taking[] {
    const takings: Taking[] = [];
    if (rules.everybody !== undefined) takings.push({ key: '', policy: rules.everybody });
    if (rules.address !== undefined) takings.push({ key: from, policy: rules.address });
    return takings;
  }

  function addRoute(takings: Taking[], request: RequestView, key: string): Taking[] {
    if (rules.routes.size === 0) return takings;
    for (const policy of rules.routes.get(nameOf(request) as RouteName) ?? []) takings.push({ key, policy });
    return takings;
  }

  function nameOfAccount(principal: Principal): string {
    let name = accountNames.get(principal);
    if (name === undefined) {
      name = digest(keyOfOwner(ownerOf(principal)));
      accountNames.set(principal, name);
    }
    return name;
  }

  /** Whoever has overheard a delivery can send it again, and uses up what there is at their own address. */
  function nameOfSender(principal: Principal, { address }: RequestView): string {
    return digest(JSON.stringify([limitedAddress(address), keyOfOwner(ownerOf(principal))]));
  }

  const isCounted = (request: RequestView) => {
    const name = nameOf(request);
    return (name === undefined || !uncountedRoutes.has(name)) && !rules.excludedPaths.has(request.path);
  };

  return {
    async unreadable(address, record) {
      await take(takingsOfAddress(limitedAddress(address)), record);
    },
    async presented(request, backends, record) {
      if (!isCounted(request)) return undefined;
      const from = limitedAddress(request.address);
      const takings = takingsOfAddress(from);
      if (isPublic(request)) {
        await take(addRoute(takings, request, from), record);
        return undefined;
      }
      const text = credentialOf(request, backends);
      // Of one address alone: from elsewhere nobody sees by a limit that a password which they guess is in use.
      const credential = text === undefined ? undefined : digest(JSON.stringify([from, text]));
      if (credential !== undefined) {
        if (rules.credential !== undefined && !isEnding(request)) {
          takings.push({ key: credential, policy: rules.credential });
        }
        const mayGuess = rules.badCredentials !== undefined && !known.has(credential);
        if (mayGuess) takings.push({ key: from, policy: rules.badCredentials, cost: 0 });
      }
      await take(takings, record);
      return credential;
    },
    async rejected(address, credential) {
      if (credential === undefined) return;
      known.remove(credential);
      if (rules.badCredentials === undefined) return;
      await counters.take([{ key: limitedAddress(address), policy: rules.badCredentials }]);
    },
    async accepted(request, principal, credential, record) {
      if (!isCounted(request)) return;
      if (credential !== undefined) known.add(credential);
      const key = isSigned(request) ? nameOfSender(principal, request) : nameOfAccount(principal);
      const takings: Taking[] =
        rules.account === undefined || isEnding(request) ? [] : [{ key, policy: rules.account }];
      await take(addRoute(takings, request, key), record);
    },
  };
}

/** A token that has run out was good once: its signature says so. */
export function isGuess(error: unknown): boolean {
  return error instanceof UnauthenticatedError && error.code !== 'TOKEN_EXPIRED';
}

function nameOf({ match }: RequestView): RouteName | undefined {
  return match.kind === 'found' ? match.route.name : undefined;
}

function isEnding(request: RequestView): boolean {
  const name = nameOf(request);
  return name !== undefined && endingRoutes.has(name);
}

function isSigned({ match }: RequestView): boolean {
  return match.kind === 'found' && 'signed' in match.route;
}

function isPublic({ match }: RequestView): boolean {
  return match.kind === 'found' && 'public' in match.route;
}

/** What the backends would take for a credential; of a backend that does not say, what stands in `Authorization`. */
function credentialOf({ headers, credential }: RequestView, backends: readonly ConfiguredAuth[]): string | undefined {
  for (const { backend } of backends) {
    const [text] = backend.reads?.(headers, credential) ?? [];
    if (text !== undefined) return text;
  }
  return credential?.credentials;
}
