import { randomBytes } from 'node:crypto';
import {
  BadRequestError,
  type BrowserVisit,
  formatCookie,
  type Peppers,
  readCookies,
  type SentOn,
} from '@agentflow/core';
import { calculatePKCECodeChallenge, randomPKCECodeVerifier } from 'openid-client';
import {
  type Attempt,
  attemptMilliseconds,
  attemptName,
  createState,
  isState,
  openAttempt,
  sealAttempt,
} from './attempt.js';
import { beginSession, refuse } from './begin-session.js';
import { askCounted } from './counted-code.js';
import type { Provider, SignInParts } from './provider.js';
import type { PublicAddress } from './public-address.js';
import { readReturnPath } from './return-path.js';
import { cookieNames, sessionSecret } from './session-cookie.js';
import { useOnce } from './use-once.js';

/** Where a browser goes that did not say where it came from. */
const defaultReturn = '/playground';

/** Tabs in which somebody is signing in; more are forgotten, so that a browser never sends more than we read. */
const maxAttempts = 5;

/** Says that a browser was sent to our own name before: whoever changes that name on the way does not get it to go in circles. */
const moved = 'moved';

export function callbackUrl({ url }: PublicAddress, provider: string): string {
  return `${url}/v1/auth/oauth/${provider}/callback`;
}

/** Sends a browser to the provider (RFC 6749 §4.1.1), with all that its return will be held against. */
export async function beginInBrowser(provider: Provider, visit: BrowserVisit, parts: SignInParts): Promise<SentOn> {
  const address = parts.address();
  const returnTo = readReturnPath(visit.query.get('return_to') ?? defaultReturn);
  if (returnTo === undefined) throw new BadRequestError('"return_to" must be a path of this server.');
  // The cookie must be there where the provider sends the browser back to.
  if (visit.headers.get('host') !== new URL(address.url).host && !visit.query.has(moved)) {
    const query = new URLSearchParams({ return_to: returnTo, [moved]: '1' });
    return { location: `${address.url}/v1/auth/oauth/${provider.name}/start?${query.toString()}`, cookies: [] };
  }
  const state = createState();
  const attempt: Attempt = {
    ...{ provider: provider.name, returnTo, redirectUri: callbackUrl(address, provider.name) },
    nonce: randomBytes(32).toString('base64url'),
    verifier: randomPKCECodeVerifier(),
    expiresAt: parts.clock.now() + attemptMilliseconds,
  };
  const location = await provider.connection.authorizationUrl({
    ...{ response_type: 'code', redirect_uri: attempt.redirectUri, state, nonce: attempt.nonce },
    ...{ code_challenge: await calculatePKCECodeChallenge(attempt.verifier), code_challenge_method: 'S256' },
  });
  const { isSecure: secure } = address;
  const name = cookieNames(address).attempt + attemptName(state);
  const cookie = formatCookie(name, sealAttempt(attempt, state, parts.peppers()), {
    ...{ maxAge: attemptMilliseconds / 1000, secure },
  });
  return { location: location.href, cookies: [...forgotten(visit, address), cookie] };
}

/** What the provider sends a browser back with: it must be the browser that was sent there, once, and of this provider. */
export async function finishInBrowser(provider: Provider, visit: BrowserVisit, parts: SignInParts): Promise<SentOn> {
  const address = parts.address();
  const state = visit.query.get('state') ?? '';
  const attempt = findAttempt(visit, state, address, parts.peppers());
  if (attempt === undefined) {
    throw again(
      'Either it began in another browser or too long ago, or this browser keeps no cookies.',
      'no attempt of this browser fits the state',
    );
  }
  if (attempt.provider !== provider.name) throw again('', 'the answer is of another provider than the attempt');
  if (attempt.expiresAt <= parts.clock.now()) throw again('It took too long.', 'the attempt has run out');
  const returned = new URL(attempt.redirectUri);
  returned.search = visit.query.toString();
  const { nonce, verifier } = attempt;
  const claims = await askCounted({ kind: 'code', address: visit.address }, parts, {
    // Whoever has to wait has not used it up.
    ask: async () =>
      (await useOnce(state, attempt.expiresAt, parts)) &&
      provider.connection.redeem(returned, { state, nonce, verifier }),
    counts: () => false,
  }).catch((error: unknown) => refuse(error, provider, attempt.redirectUri));
  if (claims === false) throw again('', 'the answer of the provider has been used before');
  const { familyId, issued } = await beginSession(provider, claims, visit, parts);
  const former = parts.cookies.session(visit.headers);
  if (former !== undefined) await parts.endFormer(former);
  const begun = await (await parts.openStores()).sessions.findFamily(familyId);
  const maxAge = Math.floor(((begun?.expiresAt ?? 0) - parts.clock.now()) / 1000);
  const { isSecure: secure } = address;
  const used = formatCookie(cookieNames(address).attempt + attemptName(state), '', { maxAge: 0, secure });
  const cookies = parts.cookies.begin(sessionSecret(familyId, parts.peppers()), maxAge);
  return { location: attempt.returnTo, cookies: [used, ...cookies], principal: issued.principal };
}

function findAttempt(
  { headers }: BrowserVisit,
  state: string,
  address: PublicAddress,
  peppers: Peppers,
): Attempt | undefined {
  if (!isState(state)) return undefined;
  const sealed = readCookies(headers).get(cookieNames(address).attempt + attemptName(state));
  return sealed === undefined ? undefined : openAttempt(sealed, state, peppers);
}

function forgotten({ headers }: BrowserVisit, address: PublicAddress): readonly string[] {
  const prefix = cookieNames(address).attempt;
  const earlier = [...readCookies(headers).keys()].filter((name) => name.startsWith(prefix));
  if (earlier.length < maxAttempts) return [];
  return earlier.map((name) => formatCookie(name, '', { maxAge: 0, secure: address.isSecure }));
}

function again(why: string, reason: string): BadRequestError {
  return new BadRequestError(`This sign-in cannot be finished. ${why} Begin it again.`.replace('  ', ' '), { reason });
}
