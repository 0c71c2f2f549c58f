import { now } from '../clock.js';
import { CredentialError } from '../errors/error-classes.js';
import type { Auth, Credential, CredentialFunction } from './auth.js';
import { expiryOf } from './expiry.js';

/** A credential as it was given. Which object it is tells whether it is still the one in use. */
export interface HeldCredential {
  readonly auth: Auth | null;
  /** Milliseconds since 1970; undefined where it does not say. */
  readonly expiresAt: number | undefined;
}

/** What would expire on its way is not sent. */
const marginMilliseconds = 2000;

/** Where the credential of requests comes from: it is asked for at most once at a time, whoever waits for it. */
export class CredentialSource {
  readonly #ask: CredentialFunction | undefined;
  #held: HeldCredential | undefined;
  #asking: Promise<HeldCredential> | undefined;

  constructor(auth: Auth | CredentialFunction | null | undefined) {
    if (typeof auth === 'function') this.#ask = auth;
    else this.#held = hold(auth);
  }

  /** Whether it may have another credential than the one that was refused. */
  get canRenew(): boolean {
    return this.#ask !== undefined;
  }

  /** The credential to send now. */
  async current(): Promise<HeldCredential> {
    if (this.#asking !== undefined) return this.#asking;
    const held = this.#held;
    const isGood = held !== undefined && (this.#ask === undefined || !isOver(held));
    return isGood ? held : this.#renew(false);
  }

  /** Another one than that which was refused or is about to expire: the one that somebody has asked for since, else a fresh one. */
  async renew(used: HeldCredential, refused: boolean): Promise<HeldCredential> {
    if (this.#ask === undefined) return used;
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

function isOver({ expiresAt }: HeldCredential): boolean {
  return expiresAt !== undefined && expiresAt - marginMilliseconds <= now();
}

function isSameAuth(one: Auth | null, other: Auth | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
