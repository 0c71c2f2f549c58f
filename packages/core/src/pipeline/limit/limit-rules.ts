import type { RouteName } from '@agentflow/protocol';
import type { LimitPolicy } from '../../limits/limit-policy.js';

/** How often who may ask. What is absent is not limited that way. */
export interface LimitRules {
  /** Of all together. */
  readonly everybody?: LimitPolicy | undefined;
  /** Of one address, or one network of IPv6. */
  readonly address?: LimitPolicy | undefined;
  /** Of what was presented at one address, before anybody looks whether it is good. */
  readonly credential?: LimitPolicy | undefined;
  /** Of one principal, with however many credentials; of one that signs what it sends, at one address. */
  readonly account?: LimitPolicy | undefined;
  /** Of credentials that were no good, from one address. */
  readonly badCredentials?: LimitPolicy | undefined;
  /** Beside all these, for single routes: of one principal, or of one address where the route is public. */
  readonly routes: ReadonlyMap<RouteName, readonly LimitPolicy[]>;
  /** What is asked there does not count. */
  readonly excludedPaths: ReadonlySet<string>;
}

/**
 * They tell a load balancer where to send requests. One that is refused would take a server for dead that is merely asked too often.
 */
export const uncountedRoutes: ReadonlySet<RouteName> = new Set(['ping', 'health', 'ready']);

/**
 * They end what may have been stolen. A thief who uses up what the owner may ask must not thereby keep them from it, so these count against the
 * address alone: neither against the credential nor against the account. `revokeToken` is public, and does so anyhow.
 */
export const endingRoutes: ReadonlySet<RouteName> = new Set([
  ...(['signOut', 'endAllSessions', 'endOtherSessions', 'endSession', 'revokeApiKey'] as const),
  ...(['endTenantSession', 'revokeTenantApiKey'] as const),
]);
