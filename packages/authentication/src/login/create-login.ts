import {
  type BaseAuth,
  createPasswordSignIn,
  createUserSessions,
  type IssuingSurroundings,
  type PasswordHasher,
  type PasswordSignIn,
  type ProviderSignIn,
  type PublishedKeys,
  type UserSessions,
} from '@agentflow/core';
import { createPasswordHasher } from '../password/password-hasher.js';
import { createProviderSignIn, createReadVouched } from '../sign-in/index.js';
import { createAccessTokens } from './access-tokens.js';
import { createLoginAuth } from './login-auth.js';
import type { LoginAuthOptions } from './options.js';
import { findSharedSecret } from './secret-keys.js';
import { createSigningKeys, type SigningKeys } from './signing-keys.js';
import { withCookies } from './with-cookies.js';

/** What signs people in, and knows them afterwards. */
export interface Login {
  readonly backend: BaseAuth;
  readonly sessions: UserSessions;
  readonly signInByPassword: PasswordSignIn;
  readonly hasher: PasswordHasher;
  readonly publishedKeys: PublishedKeys;
  readonly administratorRole: string;
  /** Absent where the file names no provider. */
  readonly providerSignIn?: ProviderSignIn | undefined;
}

/** @throws {ConfigurationError} if there is no pepper, or no secret where one is shared, or it cannot be trusted */
export async function createLogin(options: LoginAuthOptions, surroundings: IssuingSurroundings): Promise<Login> {
  const { openStores, obtainPeppers, revocations, clock, log, openAttempts } = surroundings;
  obtainPeppers();
  const keys = await chooseKeys(options, surroundings);
  const tokens = createAccessTokens({ keys, areSecrets: options.algorithm === 'HS256', options, clock });
  const hasher = createPasswordHasher(options.password);
  const times = {
    idleMilliseconds: options.idle_timeout * 1000,
    lifetimeMilliseconds: options.session_lifetime * 1000,
    graceMilliseconds: options.refresh_grace * 1000,
  };
  const peppers = obtainPeppers;
  const readVouched = createReadVouched(options.providers);
  const sessions = createUserSessions({ open: openStores, tokens, peppers, revocations, times, readVouched, clock });
  const withProviders = hasProviders(options)
    ? createProviderSignIn(options.providers, surroundings, sessions, times)
    : undefined;
  const ofTokens = createLoginAuth({ tokens, issuers: issuersOf(options), description: describe(options) });
  return {
    backend: withProviders === undefined ? ofTokens : withCookies(ofTokens, withProviders),
    providerSignIn: withProviders?.signIn,
    sessions,
    signInByPassword: createPasswordSignIn({ open: openStores, openAttempts, hasher, log }),
    hasher,
    administratorRole: options.administrator_role,
    publishedKeys: { list: () => keys.published() },
  };
}

function issuersOf({ providers }: LoginAuthOptions): ReadonlySet<string> {
  return new Set(Object.values(providers).map(({ issuer }) => issuer));
}

function hasProviders({ providers }: LoginAuthOptions): boolean {
  return Object.keys(providers).length > 0;
}

async function chooseKeys(options: LoginAuthOptions, surroundings: IssuingSurroundings): Promise<SigningKeys> {
  const { algorithm, key_lifetime: lifetime } = options;
  if (algorithm === 'HS256') return findSharedSecret(surroundings);
  const { openStores, obtainPeppers: peppers, revocations, clock, log } = surroundings;
  return createSigningKeys({
    ...{ open: async () => (await openStores()).signingKeys, algorithm, lifetimeMilliseconds: lifetime * 1000 },
    ...{ peppers, isRetired: (keyId) => revocations.isRetired(keyId), clock, log },
  });
}

function describe({ algorithm, token_ttl: ttl, providers }: LoginAuthOptions): string {
  const names = Object.keys(providers);
  const also = names.length === 0 ? '' : `; also by ${names.join(', ')}`;
  const minutes = ttl % 60 === 0 ? `${ttl / 60} minutes` : `${ttl} seconds`;
  return `users and sessions of its own; access tokens by ${algorithm}, for ${minutes}${also}`;
}
