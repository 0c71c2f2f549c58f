import { CredentialError } from '../errors/error-classes.js';
import type { HeldSession } from '../session/held-session.js';
import type { SessionKeeper } from '../session/session-keeper.js';
import type { Auth, Credential, CredentialFunction } from './auth.js';
import { expiryOf } from './expiry.js';
import { type HeldCredential, isOver, nobody } from './held-credential.js';

/**
 * Where the credential of requests comes from: of whoever is signed in, else what the client was given. It is asked for at most once at a
 * time, whoever waits for it.
 */
export class CredentialSource {
  readonly #session: SessionKeeper;
  readonly #ask: CredentialFunction | undefined;
  #held: HeldCredential | undefined;
  #asking: Promise<HeldCredential> | undefined;

  constructor(auth: Auth | CredentialFunction | null | undefined, session: SessionKeeper) {
    this.#session = session;
    if (typeof auth === 'function') this.#ask = auth;
    else this.#held = hold(auth);
  }

  /** Whether it may have another credential than the one that was refused. */
  get canRenew(): boolean {
    return this.#ask !== undefined || this.#session.user !== null;
  }

  /** The credential to send now. `isLasting`: for what goes on as long as its credential does. */
  async current(isLasting = false): Promise<HeldCredential> {
    const ofSession = await this.#session.current(isLasting);
    if (ofSession !== undefined) return ofSession;
    if (this.#asking !== undefined) return this.#asking;
    const held = this.#held;
    const isGood = held !== undefined && (this.#ask === undefined || !isOver(held));
    return isGood ? held : this.#renew(false);
  }

  /** Another one than that which was refused or is about to expire: the one that somebody has asked for since, else a fresh one. */
  async renew(used: HeldCredential, refused: boolean): Promise<HeldCredential> {
    if (isOfSession(used)) return this.#session.renew(used);
    // Whoever has signed out is not answered as what the client was made with.
    if (this.#ask === undefined || used === nobody) return used;
    if (this.#asking !== undefined) return this.#asking;
    if (this.#held !== undefined && this.#held !== used) return this.#held;
    return this.#renew(refused);
  }

  #renew(refused: boolean): Promise<HeldCredential> {
    const asking = this.#askOnce(refused).finally(() => {
      this.#asking = undefined;
    });
    this.#asking = asking;
    return asking;
  }

  async #askOnce(refused: boolean): Promise<HeldCredential> {
    try {
      const given = hold(await this.#ask?.({ refused }));
      const isSame = this.#held !== undefined && isSameAuth(this.#held.auth, given.auth);
      if (!isSame) this.#held = given;
      return this.#held ?? given;
    } catch (cause) {
      throw new CredentialError('The function that gives the credential has failed.', {
        ...{ code: 'CREDENTIAL_UNAVAILABLE', cause },
      });
    }
  }
}

function hold(given: Credential): HeldCredential {
  const auth: Auth | null = typeof given === 'string' ? { type: 'bearer', token: given } : (given ?? null);
  return { auth, expiresAt: expiryOf(auth) };
}

function isOfSession(held: HeldCredential): held is HeldSession {
  return 'signIn' in held;
}

function isSameAuth(one: Auth | null, other: Auth | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
