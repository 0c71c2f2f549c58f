import type { LoginRequest, PasswordChangeRequest, SignedInUser } from '@agentflow/protocol';
import { AuthenticationError, CredentialError } from '../errors/error-classes.js';
import type { Ask } from '../request/api.js';
import type { CallOptions } from '../request/call-options.js';
import type { RouteAnswers } from '../request/route-answers.js';
import type { SessionKeeper } from '../session/session-keeper.js';
import type { KeptSession } from '../session/session-store.js';

/** Who is signed in, and until when: without what they are known by, which the client keeps to itself. */
export interface SignedIn {
  readonly user: SignedInUser;
  /** When the token ends that requests carry now: RFC 3339 in UTC, by the server's clock. The next one is had by itself. */
  readonly expiresAt: string;
  /** When the session ends unless it is used: RFC 3339 in UTC. */
  readonly refreshExpiresAt: string;
}

/** Signing in, and what one's sessions are. After `login` every request of the client is of whoever has signed in. */
export class AuthMethods {
  readonly #ask: Ask;
  readonly #keeper: SessionKeeper;

  constructor(ask: Ask, keeper: SessionKeeper) {
    this.#ask = ask;
    this.#keeper = keeper;
  }

  /** Who has signed in by this client; null before that, after it, and until the session of a store has been read. */
  get user(): SignedInUser | null {
    return this.#keeper.user;
  }

  /** How one can sign in to this server; needs no credential. */
  methods(options?: CallOptions): Promise<RouteAnswers['GET /v1/auth/methods']> {
    return this.#ask('GET /v1/auth/methods', { isAnonymous: true }, options);
  }

  /**
   * Signs in. Whoever was signed in before is not signed out by that: `logout` does it.
   * @throws {AuthenticationError} whatever is wrong with name and password
   * @throws {RateLimitError} after too many tries
   */
  async login({ username, password }: LoginRequest, options?: CallOptions): Promise<SignedIn> {
    const said = { body: { username, password }, secrets: [password], isAnonymous: true, isSentOnce: true };
    return toSignedIn(await this.#keeper.begin(await this.#ask('POST /v1/auth/login', said, options)));
  }

  /** Fetches the next token now; by itself that is done shortly before the present one ends, and when it is refused. */
  async refresh(): Promise<SignedIn> {
    const session = await this.#keeper.session();
    const renewed = session && (await this.#keeper.renew(session));
    // The same comes back to whoever has left meanwhile.
    if (renewed === undefined || renewed === session) {
      throw new CredentialError('Nobody is signed in.', { code: 'NO_SESSION' });
    }
    return toSignedIn(renewed.kept);
  }

  /**
   * Ends this session. Here it is over in any case, also where the server cannot be told: then this throws. A credential that is of no session
   * is good for nothing any more.
   */
  logout(options?: CallOptions): Promise<RouteAnswers['POST /v1/auth/logout']> {
    return this.#leave('POST /v1/auth/logout', options);
  }

  /** Ends all sessions of the caller, this one among them. */
  logoutAll(options?: CallOptions): Promise<RouteAnswers['POST /v1/auth/logout-all']> {
    return this.#leave('POST /v1/auth/logout-all', options);
  }

  /** Who the server takes the caller for, until when, and what they may do. */
  me(options?: CallOptions): Promise<RouteAnswers['GET /v1/auth/me']> {
    return this.#ask('GET /v1/auth/me', {}, options);
  }

  /** Where the caller is signed in. */
  sessions(options?: CallOptions): Promise<RouteAnswers['GET /v1/auth/sessions']> {
    return this.#ask('GET /v1/auth/sessions', {}, options);
  }

  endSession(sessionId: string, options?: CallOptions): Promise<RouteAnswers['DELETE /v1/auth/sessions/{session_id}']> {
    return this.#ask('DELETE /v1/auth/sessions/{session_id}', { path: { session_id: sessionId } }, options);
  }

  /** All but this one. */
  endOtherSessions(options?: CallOptions): Promise<RouteAnswers['DELETE /v1/auth/sessions']> {
    return this.#ask('DELETE /v1/auth/sessions', {}, options);
  }

  /** Changes one's own password, and ends all other sessions. */
  changePassword(
    { currentPassword, newPassword }: PasswordChangeRequest,
    options?: CallOptions,
  ): Promise<RouteAnswers['POST /v1/auth/password']> {
    const secrets = [currentPassword, newPassword];
    const said = { body: { currentPassword, newPassword }, secrets, isSentOnce: true };
    return this.#ask('POST /v1/auth/password', said, options);
  }

  async #leave(
    route: 'POST /v1/auth/logout' | 'POST /v1/auth/logout-all',
    options: CallOptions | undefined,
  ): Promise<RouteAnswers['POST /v1/auth/logout']> {
    const hasSession = (await this.#keeper.session()) !== undefined;
    try {
      return await this.#ask(route, { body: {} }, options);
    } catch (error) {
      // It had ended before.
      if (hasSession && error instanceof AuthenticationError) return { ended: 0 };
      throw error;
    } finally {
      await this.#keeper.signOut();
    }
  }
}

function toSignedIn({ user, expiresAt, refreshExpiresAt }: KeptSession): SignedIn {
  return { user, expiresAt, refreshExpiresAt };
}
