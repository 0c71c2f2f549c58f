import type { ProviderOptions } from './options.js';
import type { ProviderClaims } from './provider-connection.js';
import { findClaim, listIn } from './read-claims.js';

/** Of Google, an address at a domain may be anybody's who can read its mail; `hd` is the domain's own account. */
const google = 'https://accounts.google.com';

/** Whether somebody may sign in at all: whoever fits one of the rules. Without any, everybody whom the provider knows. */
export function mayEnter(claims: ProviderClaims, issuer: string, allow: ProviderOptions['allow']): boolean {
  if (allow === undefined) return true;
  const email = verifiedEmail(claims);
  const isListed = email !== undefined && allow.emails?.some((one) => one.toLowerCase() === email);
  return isListed === true || isOfDomain(claims, issuer, allow.domains ?? []) || hasClaim(claims, allow.claims ?? {});
}

/** An address that the provider has not verified is whatever somebody has typed in. */
function verifiedEmail(claims: ProviderClaims): string | undefined {
  const email = claims['email'];
  return claims['email_verified'] === true && typeof email === 'string' ? email.toLowerCase() : undefined;
}

function isOfDomain(claims: ProviderClaims, issuer: string, domains: readonly string[]): boolean {
  const email = verifiedEmail(claims);
  const domain = issuer === google ? claims['hd'] : email?.slice(email.lastIndexOf('@') + 1);
  return typeof domain === 'string' && domains.some((one) => one.toLowerCase() === domain.toLowerCase());
}

function hasClaim(claims: ProviderClaims, wanted: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.entries(wanted).some(([name, values]) =>
    listIn(findClaim(claims, name), name).some((value) => values.includes(value)),
  );
}
