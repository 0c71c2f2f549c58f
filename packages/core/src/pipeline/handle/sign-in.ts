import type { LoginResponse, SignInMethodsResponse } from '@agentflow/protocol';
import { z } from 'zod';
import { formatTime } from '../../clock.js';
import { UnauthenticatedError } from '../../errors.js';
import type { PasswordHasher } from '../../identity/password-hasher.js';
import type { PasswordSignIn } from '../../identity/password-sign-in.js';
import type { ProviderSignIn } from '../../identity/provider-sign-in.js';
import { ownerOfUser, type UserAdministration, type UserCompanion } from '../../identity/user-administration.js';
import {
  type IssuedSession,
  type PublishedKeys,
  type SessionClient,
  type SessionPrincipal,
  SessionRefusedError,
  type UserSessions,
} from '../../identity/user-sessions.js';
import { createPrincipal } from '../../principal.js';
import type { Handlers, PublicCall } from './call.js';
import { data } from './outcome.js';
import { type RouteInputs, readInput } from './read-input.js';
import { switchedOff } from './switched-off.js';

const signInSchema = z.strictObject({ username: z.string().max(1024), password: z.string() });
const refreshSchema = z.strictObject({ refreshToken: z.string().max(1024).optional() });

export const signInInputs = {
  signIn: { body: signInSchema },
  refreshSession: { body: refreshSchema },
} satisfies RouteInputs;

/** What signs people in here. */
export interface LoginParts {
  readonly sessions: UserSessions;
  readonly signInByPassword: PasswordSignIn;
  readonly hasher: PasswordHasher;
  readonly publishedKeys: PublishedKeys;
  readonly administration: UserAdministration;
  readonly companions: readonly UserCompanion[];
  /** Absent where nobody signs in with a provider. */
  readonly providerSignIn?: ProviderSignIn | undefined;
  /** What a page for signing in offers. */
  readonly methods: SignInMethodsResponse;
}

type SignInRoutes = 'signIn' | 'refreshSession' | 'listSignInMethods' | 'readSigningKeys';

/** Signing in. Nobody is told why they are not let in. */
export function createSignInHandlers({
  login,
}: {
  readonly login?: LoginParts | undefined;
}): Pick<Handlers, SignInRoutes> {
  if (login === undefined) return switchedOff('signIn', 'refreshSession', 'listSignInMethods', 'readSigningKeys');
  const { sessions, signInByPassword, publishedKeys, methods } = login;

  return {
    signIn: async (call) => {
      const { username, password } = readInput(signInSchema, call.body, 'body');
      const result = await signInByPassword({ username, password, address: call.address });
      if (result.kind === 'refused') throw notSignedIn(withUser(result.reason, result.user?.id));
      const { id, passwordChangedAt } = result.user;
      const owner = ownerOfUser(result.user);
      try {
        const issued = await sessions.begin({ owner, via: 'password', passwordChangedAt, ...clientOf(call) });
        return data(tellIssued(call, issued));
      } catch (error) {
        if (error instanceof SessionRefusedError) throw notSignedIn(withUser(error.message, id));
        throw error;
      }
    },

    refreshSession: async (call) => {
      const presented = presentedToken(call);
      const { refreshToken = presented } = readInput(refreshSchema, call.body, 'body');
      if (refreshToken === undefined) throw notSignedIn('there is no refresh token');
      // RFC 6750 §3.1: `error` only where such a credential was sent.
      const refuse = (reason: string) => notSignedIn(reason, presented === undefined ? {} : { error: 'invalid_token' });
      const result = await sessions.refresh(refreshToken, clientOf(call));
      if (result.kind === 'refreshed') return data(tellIssued(call, result.issued));
      if (result.kind === 'refused') throw refuse(result.reason);
      call.recordPrincipal(createPrincipal({ ...result.owner }), 'login');
      call.recordChange('refresh-reused', { session: result.sessionId });
      throw refuse('a refresh token was used that had been used before: its session has been ended');
    },

    listSignInMethods: () => data(methods),

    readSigningKeys: async () => data({ keys: await publishedKeys.list() }),
  };
}

/** Who it was is in the trail; what they were given is not. */
export function tellIssued(call: PublicCall, { principal, ...issued }: IssuedSession): LoginResponse {
  call.recordPrincipal(createPrincipal(principal), 'login');
  return {
    token: issued.token,
    expiresAt: formatTime(issued.expiresAt),
    user: { id: principal.subject, username: usernameOf(principal), roles: principal.roles, tenant: principal.tenant },
    refreshToken: issued.refreshToken,
    refreshExpiresAt: formatTime(issued.refreshExpiresAt),
  };
}

/** What a provider has told them by, where it has no such name. */
function usernameOf({ claims, subject }: SessionPrincipal): string {
  const { username } = claims;
  return typeof username === 'string' ? username : subject;
}

export function clientOf({ address, headers }: Pick<PublicCall, 'address' | 'headers'>): SessionClient {
  return { address, userAgent: headers.get('user-agent') };
}

function presentedToken({ credential }: PublicCall): string | undefined {
  return credential?.scheme === 'bearer' ? credential.credentials : undefined;
}

function withUser(reason: string, id: string | undefined): string {
  return id === undefined ? reason : `${reason} (${id})`;
}

/** One refusal of all: the same bytes for each. */
function notSignedIn(reason: string, more: Readonly<Record<string, string>> = {}): UnauthenticatedError {
  const challenges = [{ scheme: 'Bearer', parameters: { realm: 'agentflow', ...more } }];
  return new UnauthenticatedError({ challenges, reason, code: 'AUTH_REQUIRED' });
}
