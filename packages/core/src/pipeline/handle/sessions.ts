import type { PasswordChangedResponse, SessionListResponse, SessionResource } from '@agentflow/protocol';
import { z } from 'zod';
import { formatTime } from '../../clock.js';
import { AccessDeniedError, NotFoundError, ValidationError } from '../../errors.js';
import type { LiveSession } from '../../identity/user-sessions.js';
import { localRealm } from '../../principal.js';
import type { Revocations } from '../../revocations.js';
import type { UserStore } from '../../stores/user-store.js';
import type { Call, Handlers } from './call.js';
import { type DataOutcome, data } from './outcome.js';
import { type RouteInputs, readInput } from './read-input.js';
import type { LoginParts } from './sign-in.js';
import { switchedOff } from './switched-off.js';

/** RFC 7009 §2.1 lets clients send more than the token, `token_type_hint` for one. */
const revokeSchema = z.object({ token: z.string().max(16_384) });
const passwordSchema = z.strictObject({ currentPassword: z.string(), newPassword: z.string() });

export const sessionInputs = {
  revokeToken: { body: revokeSchema },
  changePassword: { body: passwordSchema },
} satisfies RouteInputs;

export interface SessionParts {
  readonly login?: LoginParts | undefined;
  readonly revocations: Revocations;
  readonly stores: { readonly users: UserStore };
}

type AlwaysServed = 'signOut' | 'revokeToken';
type OfLogin = 'endAllSessions' | 'listSessions' | 'endOtherSessions' | 'endSession' | 'changePassword';

/** What has begun with a sign-in, and how it ends. */
export function createSessionHandlers(parts: SessionParts): Pick<Handlers, AlwaysServed | OfLogin> {
  return { ...createEndings(parts), ...(parts.login === undefined ? off : createOwnSessions(parts.login, parts)) };
}

const off = switchedOff('endAllSessions', 'listSessions', 'endOtherSessions', 'endSession', 'changePassword');

function createEndings({ login, revocations }: SessionParts): Pick<Handlers, AlwaysServed> {
  /** A key is taken back as one: by its owner, or by the file. What neither ends by itself nor has a name is let be. */
  async function revokeCredential({ caller: { principal, evidence } }: Call): Promise<boolean> {
    const { credentialId, expiresAt, isKey = false } = evidence;
    if (isKey || credentialId === undefined || expiresAt === undefined) return false;
    // RFC 7519 §2: an `exp` may have a fraction; what is kept has none.
    const until = Math.ceil(expiresAt) + clockDifferenceMilliseconds;
    await revocations.revoke([{ kind: 'credential', realm: principal.realm, credentialId, expiresAt: until }]);
    return true;
  }

  return {
    signOut: async (call) => {
      const { sessionId } = call.caller.evidence;
      const isEnded = sessionId !== undefined && (await login?.sessions.end(call.owner, sessionId)) === true;
      return forgetting(call, login, ended(isEnded || (await revokeCredential(call)) ? 1 : 0));
    },

    // RFC 7009 §2.2: also for what is no token.
    revokeToken: async (call) => {
      const { token } = readInput(revokeSchema, call.body, 'body');
      await login?.sessions.revokeToken(token);
      return data({});
    },
  };
}

function createOwnSessions(login: LoginParts, { stores, revocations }: SessionParts): Pick<Handlers, OfLogin> {
  const { sessions, hasher, signInByPassword } = login;
  return {
    endAllSessions: async (call) => {
      requireThemselves(call);
      return forgetting(call, login, ended(await sessions.endAll(call.owner)));
    },

    listSessions: async (call) => {
      requireThemselves(call);
      const live = await sessions.list(call.owner);
      const { sessionId } = call.caller.evidence;
      return data({ sessions: live.map((one) => toResource(one, sessionId)) } satisfies SessionListResponse);
    },

    endOtherSessions: async (call) => {
      requireThemselves(call);
      return ended(await sessions.endAll(call.owner, call.caller.evidence.sessionId));
    },

    endSession: async (call) => {
      requireThemselves(call);
      const isEnded = await sessions.end(call.owner, call.parameters['session_id'] ?? '');
      if (!isEnded) throw noSuchSession();
      return ended(1);
    },

    changePassword: async (call) => {
      const { currentPassword, newPassword } = readInput(passwordSchema, call.body, 'body');
      const user = call.owner.realm === localRealm ? await stores.users.find(call.owner.subject) : undefined;
      if (user?.passwordHash === undefined) throw new NotFoundError('You do not sign in with a password here.');
      // Whoever has found an open session guesses no more often than whoever has not.
      const result = await signInByPassword({
        ...{ username: user.username, password: currentPassword, address: call.address },
      });
      if (result.kind === 'refused' || result.user.id !== user.id) throw notTheirs();
      if (newPassword === currentPassword) throw fault('newPassword', 'must be another than the current one');
      const weakness = hasher.findFault(newPassword, user.username);
      if (weakness !== undefined) throw fault('newPassword', weakness);
      // Hashing takes long: whatever an administrator has set or disabled meanwhile stays.
      const passwordHash = await hasher.hash(newPassword);
      const { sessionId } = call.caller.evidence;
      const ended = await stores.users.changePassword(result.user, passwordHash, sessionId);
      if (ended === undefined) throw notTheirs();
      revocations.apply(ended);
      call.recordChange('password-changed', { user: user.id });
      return data({ changed: true } satisfies PasswordChangedResponse);
    },
  };
}

/** For how long a token may be taken after it has ended. */
const clockDifferenceMilliseconds = 300_000;

/**
 * Where somebody has signed in is their own business, and nobody else's who acts for them.
 * @throws {AccessDeniedError}
 */
function requireThemselves({ caller: { principal } }: Call): void {
  if (principal.actor === undefined) return;
  throw new AccessDeniedError({
    message: 'Forbidden: who acts for another neither sees nor ends their sessions.',
    reason: 'the caller acts for another, whose sessions these are',
  });
}

function ended(count: number) {
  return data({ ended: count });
}

/** A browser that was signed in by a cookie keeps none that is good for nothing. */
function forgetting(call: Call, login: LoginParts | undefined, outcome: DataOutcome): DataOutcome {
  const cookies = login?.providerSignIn?.forget(call.proof()) ?? [];
  return cookies.length === 0 ? outcome : { ...outcome, headers: { 'Set-Cookie': cookies } };
}

function notTheirs(): ValidationError {
  return fault('currentPassword', 'is not your password');
}

function fault(name: string, message: string): ValidationError {
  return new ValidationError([{ loc: ['body', name], msg: message, type: 'password' }]);
}

export function noSuchSession(): NotFoundError {
  return new NotFoundError('There is no such session.');
}

function toResource(session: LiveSession, current: string | undefined): SessionResource {
  return { ...toTold(session), current: session.sessionId === current };
}

export function toTold(session: LiveSession): Omit<SessionResource, 'current'> {
  const { sessionId, createdAt, lastUsedAt, expiresAt, address = null, userAgent = null, via } = session;
  return {
    ...{ id: sessionId, createdAt: formatTime(createdAt), lastUsedAt: formatTime(lastUsedAt) },
    ...{ expiresAt: formatTime(expiresAt), address, userAgent, via },
  };
}
