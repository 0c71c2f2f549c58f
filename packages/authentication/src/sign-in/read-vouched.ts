import type { Principal, ReadVouched } from '@agentflow/core';
import type { JsonObject, JsonValue } from '@agentflow/protocol';
import type { ProviderOptions, ProvidersOptions } from './options.js';
import type { ProviderClaims } from './provider-connection.js';
import { ClaimsError, readPrincipal, topOfPath, usernameClaim, wantedClaims } from './read-claims.js';
import { mayEnter } from './who-may-enter.js';

/** It is kept with each session: room for hundreds of groups, and none for a photograph. */
const maxCharacters = 64 * 1024;

/**
 * Of what a provider says, that from which something is read. It is kept as it was said, so that what follows from it can be asked again: a
 * role that is not given any more, or somebody who is not let in any more, needs no word of the provider.
 * @throws {ClaimsError} where that is too much
 */
export function vouchedOf(claims: ProviderClaims, options: ProviderOptions): JsonObject {
  const tops = wantedClaims(options).map((path) => topOfPath(claims, path));
  // Google's word for a domain: see `mayEnter`.
  const domain = options.allow?.domains !== undefined && Object.hasOwn(claims, 'hd') ? 'hd' : undefined;
  const names = new Set(['iss', 'sub', ...tops, domain, usernameClaim(claims)].filter((name) => name !== undefined));
  // Parsed from JSON, and so nothing else.
  const vouched = Object.fromEntries([...names].map((name) => [name, claims[name] as JsonValue]));
  if (JSON.stringify(vouched).length > maxCharacters) throw new ClaimsError('it is more than is kept of anybody');
  return vouched;
}

/**
 * Who that is, by the configuration of the provider. Undefined for somebody who may not sign in.
 * @throws {ClaimsError}
 */
export function admit(vouched: JsonObject, options: ProviderOptions): Principal | undefined {
  const claims = vouched as ProviderClaims;
  return mayEnter(claims, options.issuer, options.allow) ? readPrincipal(claims, options.issuer, options) : undefined;
}

/** A claim that the configuration did not name when the session began is not there: whoever needs it signs in again. */
export function createReadVouched(providers: ProvidersOptions): ReadVouched {
  return ({ owner, via, vouched }) => {
    const options = Object.hasOwn(providers, via) ? providers[via] : undefined;
    if (options === undefined || options.issuer !== owner.realm) return undefined;
    try {
      const principal = admit(vouched, options);
      // In another tenant they are another principal.
      return principal?.subject === owner.subject && principal.tenant === owner.tenant ? principal : undefined;
    } catch (error) {
      if (error instanceof ClaimsError) return undefined;
      throw error;
    }
  };
}
