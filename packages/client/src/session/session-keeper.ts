import type { LoginResponse, SignedInUser } from '@agentflow/protocol';
import { now } from '../clock.js';
import { type HeldCredential, isOver, nobody } from '../credentials/held-credential.js';
import { AuthenticationError, CredentialError, ProtocolError } from '../errors/error-classes.js';
import { type HeldSession, holdSession, isDue, isShort } from './held-session.js';
import { isSameUser, type KeptSession, readKept, type SessionStore, SessionStoreError } from './session-store.js';

/** That somebody is not signed in any more. */
export interface SessionEnd {
  /**
   * `signed-out`: by this client. `refused`: the server gives no further token. `elsewhere`: another client of the same store has signed out,
   * or signed somebody else in.
   */
  readonly reason: 'signed-out' | 'refused' | 'elsewhere';
  readonly user: SignedInUser;
  /** What the server said. */
  readonly error?: AuthenticationError | undefined;
}

export interface KeeperParts {
  readonly store: SessionStore | undefined;
  readonly onEnd: ((end: SessionEnd) => void) | undefined;
  readonly requestRefresh: (refreshToken: string) => Promise<LoginResponse>;
  readonly tell: (line: string) => void;
}

/** After a failure to renew a token that is good for a while yet. */
const pauseMilliseconds = 5000;
/** How long whoever was refused waits for what another client of the store may be about to save. */
const looksForSuccessor = [0, 50, 150, 300, 500];

/** Who is signed in: their tokens, renewed by one request however many wait for it, and kept where the program says. */
export class SessionKeeper {
  readonly #parts: KeeperParts;
  #session: HeldSession | undefined;
  #hasEnded = false;
  #loading: Promise<void> | undefined;
  #renewing: { readonly session: HeldSession; readonly done: Promise<HeldSession> } | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Null where nobody is signed in, or the store has not been asked yet. */
  get user(): SignedInUser | null {
    return this.#session?.kept.user ?? null;
  }

  /** The session of whoever is signed in. */
  async session(): Promise<HeldSession | undefined> {
    await this.#load();
    return this.#session;
  }

  /** What a request carries: undefined before anybody has signed in; nothing, when they are out again. */
  async current(isLasting: boolean): Promise<HeldCredential | undefined> {
    const session = await this.session();
    if (session === undefined) return this.#hasEnded ? nobody : undefined;
    if (isOver(session)) return this.#renew(session);
    if (isLasting && isShort(session)) return this.#renew(session).catch((error) => this.#stay(session, error));
    // Beside the request, which need not wait for it.
    if (isDue(session) && now() - this.#failedAt > pauseMilliseconds) this.#renew(session).catch(() => {});
    return session;
  }

  /** The successor of a token that was refused, or is to be replaced. What belongs to another sign-in is none: the same comes back. */
  async renew(used: HeldSession): Promise<HeldSession> {
    const session = this.#session;
    if (session === undefined || session.signIn !== used.signIn) return used;
    return session === used ? this.#renew(session) : session;
  }

  /** @throws {ProtocolError} if it is not what a sign-in answers */
  async begin(answer: LoginResponse): Promise<KeptSession> {
    const kept = readAnswer(answer);
    this.#loading = Promise.resolve();
    this.#session = holdSession(kept, {});
    this.#hasEnded = false;
    this.#failedAt = Number.NEGATIVE_INFINITY;
    await this.#withStore((store) => store.save(kept));
    return kept;
  }

  /** Forgets whoever is signed in, here and in the store. */
  async signOut(): Promise<void> {
    const session = this.#session;
    if (session !== undefined) await this.#end(session, 'signed-out');
  }

  async #end(session: HeldSession, reason: SessionEnd['reason'], error?: AuthenticationError): Promise<void> {
    if (this.#session !== session) return;
    const { user } = session.kept;
    this.#session = undefined;
    this.#hasEnded = true;
    try {
      if (reason !== 'elsewhere') await this.#clear(user);
    } finally {
      this.#parts.onEnd?.({ reason, user, error });
    }
  }

  /** What somebody else has saved since stays. */
  async #clear(user: SignedInUser): Promise<void> {
    await this.#withStore(async (store) => {
      const saved = readKept(await store.load());
      if (saved === null || isSameUser(saved.user, user)) await store.clear();
    });
  }

  #load(): Promise<void> {
    this.#loading ??= this.#loadOnce().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #loadOnce(): Promise<void> {
    const saved = await this.#saved();
    if (saved !== null && this.#session === undefined && !this.#hasEnded) this.#session = holdSession(saved, {});
  }

  async #saved(): Promise<KeptSession | null> {
    return readKept((await this.#withStore((store) => store.load())) ?? null);
  }

  #renew(session: HeldSession): Promise<HeldSession> {
    if (this.#renewing?.session === session) return this.#renewing.done;
    const done = this.#alone(() => this.#replace(session)).finally(() => {
      if (this.#renewing?.done === done) this.#renewing = undefined;
    });
    this.#renewing = { session, done };
    return done;
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const { store } = this.#parts;
    if (store?.exclusive === undefined) return work();
    const failures: unknown[] = [];
    const noting = () =>
      work().catch((error: unknown) => {
        failures.push(error);
        throw error;
      });
    try {
      return await store.exclusive(noting);
    } catch (error) {
      // An error of the work is none of the store.
      throw failures.includes(error) ? error : storeFailed(error);
    }
  }

  async #replace(session: HeldSession): Promise<HeldSession> {
    if (this.#session !== session) throw ended(undefined);
    const saved = await this.#successor(session);
    if (saved !== undefined) return saved;
    let answer: KeptSession;
    try {
      answer = readAnswer(await this.#parts.requestRefresh(session.kept.refreshToken));
    } catch (error) {
      this.#failedAt = now();
      if (!(error instanceof AuthenticationError)) throw error;
      return this.#takeSuccessor(session, error);
    }
    const renewed = this.#adopt(session, answer);
    // The token is good all the same; the next program that reads the store is refused what it finds there.
    await this.#withStore((store) => store.save(answer)).catch(() => this.#parts.tell('the session was not saved'));
    return renewed;
  }

  /** What another client has put in the place of a session; undefined where it is the latest. @throws {AuthenticationError} where it has ended */
  async #successor(session: HeldSession): Promise<HeldSession | undefined> {
    if (this.#parts.store === undefined) return undefined;
    const saved = await this.#saved();
    if (saved === null || !isSameUser(saved.user, session.kept.user)) {
      await this.#end(session, 'elsewhere');
      throw ended(undefined);
    }
    return saved.refreshToken === session.kept.refreshToken ? undefined : this.#adopt(session, saved);
  }

  /** A refresh token is good once. If another client of the store was faster, what it got is saved now, or in a moment. */
  async #takeSuccessor(session: HeldSession, refusal: AuthenticationError): Promise<HeldSession> {
    const mayBeAnother = this.#parts.store !== undefined && this.#parts.store.exclusive === undefined;
    for (const delay of mayBeAnother ? looksForSuccessor : []) {
      await new Promise((resolve) => setTimeout(resolve, delay));
      const saved = await this.#successor(session);
      if (saved !== undefined) return saved;
    }
    await this.#end(session, 'refused', refusal).catch(() => this.#parts.tell('the session was not cleared'));
    throw ended(refusal);
  }

  #adopt(session: HeldSession, kept: KeptSession): HeldSession {
    // Whoever has left meanwhile, or signed in as somebody else, does not come back by this.
    if (this.#session !== session) throw ended(undefined);
    this.#session = holdSession(kept, session.signIn);
    return this.#session;
  }

  /** A token that could not be renewed is still good, unless its session is over. */
  #stay(session: HeldSession, error: unknown): HeldSession {
    if (this.#session !== session || isOver(session)) throw error;
    return session;
  }

  async #withStore<T>(work: (store: SessionStore) => T | Promise<T>): Promise<T | undefined> {
    const { store } = this.#parts;
    try {
      return store === undefined ? undefined : await work(store);
    } catch (error) {
      throw storeFailed(error);
    }
  }
}

/** Without a cause, unless the store vouches for its words: they may hold what it was to keep. */
function storeFailed(error: unknown): CredentialError {
  const cause = error instanceof SessionStoreError ? error : undefined;
  const why = cause === undefined ? '.' : `: ${cause.message}`;
  return new CredentialError(`The store of the session has failed${why}`, { code: 'SESSION_STORE_FAILED', cause });
}

function readAnswer(answer: LoginResponse): KeptSession {
  const kept = readKept({ ...answer, receivedAt: now() });
  if (kept !== null) return kept;
  throw new ProtocolError('The answer is no session.', { code: 'MALFORMED_ANSWER', status: 200 });
}

function ended(refusal: AuthenticationError | undefined): AuthenticationError {
  return new AuthenticationError('The session has ended: sign in again.', {
    ...{ code: 'SESSION_ENDED', status: 401, requestId: refusal?.requestId, cause: refusal },
  });
}
