import { createHash } from 'node:crypto';
import { type Clock, RequestError, toPrintable, UnavailableError } from '@agentflow/core';
import * as openid from 'openid-client';
import { topOfPath } from './read-claims.js';

/** What a provider says of somebody, once it is verified. */
export type ProviderClaims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };

/** What comes of asking whether a code has been typed in (RFC 8628 §3.5). */
export type DeviceAnswer =
  | { readonly kind: 'pending' | 'slow-down' | 'denied' | 'expired' }
  | { readonly kind: 'approved'; readonly claims: ProviderClaims };

/** The provider's answer is an error, or is none that can be believed: whoever signs in has to begin again. */
export class ProviderRefusalError extends Error {
  override readonly name = 'ProviderRefusalError';
  /** RFC 6749 §4.1.2.1 and §5.2; undefined where it was not the provider that refused, but we. */
  readonly code: string | undefined;
  /** Whether a browser has brought the code: then whoever sits before it may have written it. */
  readonly isByBrowser: boolean;
  constructor(message: string, code?: string, isByBrowser = false) {
    super(message);
    this.code = code;
    this.isByBrowser = isByBrowser;
  }
}

export interface ProviderConnection {
  /** @throws {UnavailableError} where the provider cannot be asked */
  authorizationUrl(parameters: Readonly<Record<string, string>>): Promise<URL>;
  /**
   * Checks what the browser has brought back, exchanges its code, and verifies what comes of that.
   * @throws {ProviderRefusalError} {@link UnavailableError}
   */
  redeem(
    returned: URL,
    checks: { readonly state: string; readonly nonce: string; readonly verifier: string },
  ): Promise<ProviderClaims>;
  beginDevice(): Promise<openid.DeviceAuthorizationResponse>;
  askDevice(deviceCode: string): Promise<DeviceAnswer>;
}

export interface ConnectionOptions {
  /** As the configuration calls it. */
  readonly name: string;
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
  /** The paths of all claims that something is read from: where the ID token lacks one, the provider is asked for more. */
  readonly wanted: readonly string[];
  /** Bounded: by address, size and time. */
  readonly fetch: openid.CustomFetch;
  readonly clock: Clock;
}

/** What it says of itself is read again after so long. */
const metadataMilliseconds = 60 * 60_000;

/** Nobody waits for a provider that was away just now. */
const pauseMilliseconds = 2_000;

const timeoutSeconds = 10;

/** Of two clocks. */
const toleranceSeconds = 30;

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** One provider, by OpenID Connect: what is to be found out about it is, when it is first needed. */
export function createProviderConnection(options: ConnectionOptions): ProviderConnection {
  const { clock, scopes } = options;
  let known: { readonly metadata: Promise<openid.Configuration>; readonly since: number } | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;

  /** However many ask, it is asked once. */
  function connect(): Promise<openid.Configuration> {
    const now = clock.now();
    if (known !== undefined && now - known.since < metadataMilliseconds) return known.metadata;
    if (now - failedAt < pauseMilliseconds) throw away(options.name, 'it could not be asked just now');
    const metadata = discover(options);
    known = { metadata, since: now };
    metadata.catch(() => {
      failedAt = clock.now();
      known = undefined;
    });
    return metadata;
  }

  const ask = async <T>(work: (configuration: openid.Configuration) => Promise<T>): Promise<T> => {
    try {
      return await work(await connect());
    } catch (error) {
      throw explain(error, options.name);
    }
  };

  const claimsOf = async (
    configuration: openid.Configuration,
    tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers,
  ) => {
    const claims = tokens.claims();
    if (claims === undefined || tokens.id_token === undefined)
      throw new ProviderRefusalError('it has sent no ID token');
    requireAccessTokenHash(tokens.id_token, tokens.access_token, claims['at_hash']);
    const isComplete = options.wanted.every((path) => topOfPath(claims, path) !== undefined);
    if (isComplete || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    const more = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
    // What is signed wins.
    return { ...more, ...claims };
  };

  return {
    authorizationUrl: (parameters) =>
      ask(async (configuration) => {
        const url = openid.buildAuthorizationUrl(configuration, { scope: scopes.join(' '), ...parameters });
        requireSafe(url, options.issuer);
        return url;
      }),
    redeem: (returned, { state, nonce, verifier }) =>
      ask(async (configuration) => {
        const checks = {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        };
        return claimsOf(configuration, await openid.authorizationCodeGrant(configuration, returned, checks));
      }),
    beginDevice: () =>
      ask((configuration) => openid.initiateDeviceAuthorization(configuration, { scope: scopes.join(' ') })),
    async askDevice(deviceCode) {
      try {
        return await ask(async (configuration) => {
          const tokens = await openid.genericGrantRequest(configuration, deviceGrant, { device_code: deviceCode });
          return { kind: 'approved', claims: await claimsOf(configuration, tokens) };
        });
      } catch (error) {
        const kind = error instanceof ProviderRefusalError ? deviceKinds.get(error.code ?? '') : undefined;
        if (kind === undefined) throw error;
        return { kind };
      }
    },
  };
}

/** A map, because what a provider says may be the name of what every object has. */
const deviceKinds: ReadonlyMap<string, 'pending' | 'slow-down' | 'denied' | 'expired'> = new Map([
  ['authorization_pending', 'pending'],
  ['slow_down', 'slow-down'],
  ['access_denied', 'denied'],
  ['expired_token', 'expired'],
  // It was used, or is forgotten.
  ['invalid_grant', 'expired'],
]);

async function discover(options: ConnectionOptions): Promise<openid.Configuration> {
  const { issuer, clientId, clientSecret, fetch } = options;
  const insecure = issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [];
  return openid.discovery(
    issuer,
    clientId,
    { [openid.clockTolerance]: toleranceSeconds },
    authenticateBy(clientSecret),
    // The signature is looked at although the token has come over a connection of ours: a proxy may end it.
    { [openid.customFetch]: fetch, execute: [openid.enableNonRepudiationChecks, ...insecure], timeout: timeoutSeconds },
  );
}

/** By what the provider says it takes (OpenID Connect Discovery §3: without a word, Basic). */
function authenticateBy(secret: string | undefined): openid.ClientAuth {
  if (secret === undefined) return openid.None();
  const [basic, post] = [openid.ClientSecretBasic(secret), openid.ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported;
    const takesBasic = methods === undefined || methods.includes('client_secret_basic');
    return (takesBasic ? basic : post)(server, client, body, headers);
  };
}

/** OpenID Connect Core §3.1.3.8: that the access token, with which more is asked, came with this ID token. */
function requireAccessTokenHash(idToken: string, accessToken: string, hash: unknown): void {
  if (hash === undefined) return;
  const header = JSON.parse(Buffer.from(idToken.split('.', 1)[0] ?? '', 'base64url').toString('utf8')) as {
    alg?: string;
  };
  const bits = /(?:256|384|512)$/.exec(header.alg ?? '')?.[0] ?? '512';
  const digest = createHash(`sha${bits}`).update(accessToken).digest();
  if (hash !== digest.subarray(0, digest.length / 2).toString('base64url')) {
    throw new ProviderRefusalError('the access token is not that of the ID token');
  }
}

/** A browser is sent nowhere in the clear, but to this machine where the issuer is there too. */
function requireSafe({ protocol }: URL, issuer: URL): void {
  if (protocol === 'https:' || (protocol === 'http:' && issuer.protocol === 'http:')) return;
  throw new ProviderRefusalError('its authorization endpoint is not https');
}

/** What the library hands on with its errors is what was answered, and does not go to the log. */
function away(name: string, why: string): UnavailableError {
  return new UnavailableError({
    message: 'The sign-in provider cannot be reached at the moment. Try again in a minute.',
    reason: `the provider "${name}": ${why}`,
  });
}

/** What the library says is about the answer, and repeats none of it but the code. */
function explain(error: unknown, name: string): Error {
  if (error instanceof ProviderRefusalError || error instanceof RequestError) return error;
  if (error instanceof openid.AuthorizationResponseError) {
    return new ProviderRefusalError(`the browser brings the error ${quote(error.error)}`, error.error, true);
  }
  if (error instanceof openid.ResponseBodyError) {
    if (error.status >= 500) return away(name, `it answers ${quote(error.error)}`);
    return new ProviderRefusalError(`it answers ${quote(error.error)}`, error.error);
  }
  if (error instanceof openid.ClientError && !isAbsence(error)) {
    return new ProviderRefusalError(`its answer is not good: ${error.message} (${error.code ?? 'no code'})`);
  }
  return away(name, deepestMessage(error));
}

/** In quotes, by which the trail knows the words of others: they make no row of their own. */
function quote(code: string): string {
  return JSON.stringify(toPrintable(code.slice(0, 64)));
}

/** Of our own fetch, where it was that which failed. */
function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be asked';
  return error.cause instanceof Error ? deepestMessage(error.cause) : error.message;
}

/** Nothing has been answered, or nothing that OAuth knows: it is not the one who signs in that is at fault. */
function isAbsence({ code, cause }: openid.ClientError): boolean {
  return code === undefined ? cause !== undefined : absences.test(code);
}

const absences = /^OAUTH_(?:TIMEOUT|ABORT|RESPONSE_IS_NOT_CONFORM|RESPONSE_IS_NOT_JSON|PARSE_ERROR)$/;
