import {
  ConfigurationError,
  type ConfigurationFault,
  type IssuingSurroundings,
  NotFoundError,
  type ProviderSignIn,
  type SessionTimes,
  type UserSessions,
} from '@agentflow/core';
import { createFetcher, type Fetcher } from '../oauth/fetch/fetch-json.js';
import { readProviderUrl } from '../oauth/fetch/provider-url.js';
import { readAddressRule } from '../oauth/fetch/read-address-rule.js';
import { readSecretForm } from '../secret-form.js';
import { beginInBrowser, callbackUrl, finishInBrowser } from './browser-sign-in.js';
import { type CookieSessionAuth, createCookieSessionAuth } from './cookie-session-auth.js';
import { beginOnDevice, finishOnDevice } from './device-sign-in.js';
import type { ProviderOptions, ProvidersOptions } from './options.js';
import type { Provider, SignInParts } from './provider.js';
import { createProviderConnection } from './provider-connection.js';
import { createProviderFetch } from './provider-fetch.js';
import { describePublicAddress } from './public-address.js';
import { wantedClaims } from './read-claims.js';
import { createReadVouched } from './read-vouched.js';
import { createBrowserCookies, readSessionSecret } from './session-cookie.js';

export interface MadeProviderSignIn {
  readonly signIn: ProviderSignIn;
  /** Knows the browsers in which somebody has signed in. */
  readonly cookieAuth: CookieSessionAuth;
  close(): void;
}

/** In milliseconds; in bytes. A set of keys is the longest that a provider says. */
const deadlineMilliseconds = 10_000;
const maxBytes = 512 * 1024;

const limits = { maxDepth: 16, maxValues: 10_000 };

/**
 * What `providers` of the file names.
 * @throws {ConfigurationError} with what is wrong with each
 */
export function createProviderSignIn(
  options: ProvidersOptions,
  surroundings: IssuingSurroundings,
  sessions: Pick<UserSessions, 'begin' | 'end'>,
  { idleMilliseconds }: Pick<SessionTimes, 'idleMilliseconds'>,
): MadeProviderSignIn {
  requirePublicUrl(surroundings);
  const fetchers: Fetcher[] = [];
  const providers = createProviders(options, surroundings, (fetcher) => fetchers.push(fetcher));
  if (surroundings.environment['PUBLIC_URL']?.startsWith('https:') !== true) {
    surroundings.announce(
      'Browsers reach this server without TLS, and from this machine alone: the cookies of who signs in have neither "__Host-" nor Secure.',
    );
  }
  const { clock, obtainPeppers: peppers, openStores, openAttempts, revocations } = surroundings;
  const address = () => describePublicAddress(requirePublicUrl(surroundings)());
  const cookies = createBrowserCookies(address, peppers);
  const find = (name: string): Provider => {
    const provider = providers.get(name);
    if (provider === undefined) throw new NotFoundError();
    return provider;
  };
  const findForDevices = (name: string): Provider => {
    const provider = find(name);
    if (!provider.options.device) throw new NotFoundError();
    return provider;
  };
  const parts: SignInParts = {
    ...{ address, peppers, openStores, openAttempts, cookies, clock },
    begin: (start) => sessions.begin(start),
    async endFormer(secret) {
      const familyId = readSessionSecret(secret, peppers());
      const former = familyId === undefined ? undefined : await (await openStores()).sessions.findFamily(familyId);
      if (former !== undefined) await sessions.end(former.owner, former.sessionId);
    },
  };
  const list = [...providers.values()];
  return {
    signIn: {
      providers: list.map(({ name, options: { title, device } }) => ({
        ...{ name, title: title ?? name, start: `/v1/auth/oauth/${name}/start` },
        ...(device && { device: `/v1/auth/oauth/${name}/device` }),
      })),
      begin: async (visit) => beginInBrowser(find(visit.provider), visit, parts),
      finish: async (visit) => finishInBrowser(find(visit.provider), visit, parts),
      beginDevice: async (name, visitor) => beginOnDevice(findForDevices(name), visitor, parts),
      finishDevice: async (name, code, visitor) => finishOnDevice(findForDevices(name), code, visitor, parts),
      forget: (headers) => (cookies.session(headers) === undefined ? [] : cookies.end()),
      callbacks: () => Object.fromEntries(list.map(({ name }) => [name, callbackUrl(address(), name)])),
    },
    cookieAuth: createCookieSessionAuth({
      ...{ cookies, address, peppers, revocations, idleMilliseconds, clock },
      openSessions: async () => (await openStores()).sessions,
      readVouched: createReadVouched(options),
    }),
    close: () => {
      for (const fetcher of fetchers) fetcher.close();
    },
  };
}

function requirePublicUrl({ publicUrl, path }: IssuingSurroundings): () => string {
  if (publicUrl !== undefined) return publicUrl;
  const message = 'a provider sends browsers back here, and nothing says under which address they reach this server';
  const remedy = 'Set "public_url" at the top of the file, or PUBLIC_URL: https://agents.example.com';
  throw new ConfigurationError([{ path: [...path, 'providers'], message, remedy }]);
}

function createProviders(
  all: ProvidersOptions,
  surroundings: IssuingSurroundings,
  keep: (fetcher: Fetcher) => void,
): ReadonlyMap<string, Provider> {
  const faults: ConfigurationFault[] = [];
  const providers = new Map<string, Provider>();
  for (const [name, options] of Object.entries(all)) {
    try {
      const provider = createProvider(name, options, surroundings, keep);
      providers.set(name, provider);
      if (options.allow === undefined) {
        surroundings.announce(
          `Everybody who has an account at the provider "${name}" can sign in here: its "allow" would say who may.`,
        );
      }
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return providers;
}

function createProvider(
  name: string,
  options: ProviderOptions,
  surroundings: IssuingSurroundings,
  keep: (fetcher: Fetcher) => void,
): Provider {
  const path = [...surroundings.path, 'providers', name];
  const issuer = readProviderUrl(options.issuer, {
    ...{ key: 'issuer', path: [...path, 'issuer'], insecureHttp: options.insecure_http },
    ...{ inTheClear: 'would be asked at', example: 'https://accounts.google.com' },
  });
  const secret = options.client_secret;
  const secretPath = [...path, 'client_secret'];
  const clientSecret = secret && readSecretForm(secret, secretPath, surroundings, 'provider').secret.reveal();
  const fetcher = createFetcher({
    what: `the provider "${name}"`,
    mayConnect: readAddressRule(
      options.allow_networks,
      [{ url: issuer, path: [...path, 'issuer'], listsItself: false }],
      { ...surroundings, path },
    ),
    ...{ deadlineMilliseconds, maxBytes, limits },
  });
  keep(fetcher);
  const connection = createProviderConnection({
    ...{ name, issuer, clientSecret, clientId: options.client_id, scopes: options.scopes },
    wanted: wantedClaims(options),
    fetch: createProviderFetch(fetcher.fetchJson, issuer),
    clock: surroundings.clock,
  });
  return { name, issuer: options.issuer, options, connection };
}
