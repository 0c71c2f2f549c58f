import type { ManualClock } from '../manual-clock.js';
import type { Runner } from '../runner.js';

/** A request, as far as a backend tells it from others. */
export interface AuthenticationCase {
  /** Names it among the tests. Never the credential itself: titles are printed. */
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The header that holds the credential; the first if absent. */
  readonly credentialHeader?: string;
  /** More that nobody may read, such as the password inside a Basic credential. */
  readonly secrets?: readonly string[];
}

/** A request whose sender the backend knows. */
export interface GoodCredential extends AuthenticationCase {
  readonly subject: string;
  /** Absent: none. */
  readonly roles?: readonly string[];
  /** Checked where it is named. */
  readonly scopes?: readonly string[];
  readonly tenant?: string;
  readonly realm?: string;
}

/** A request that must never be anybody's. */
export interface BadCredential extends AuthenticationCase {
  /** Which of the two refusals it is; absent: either. */
  readonly answer?: 'rejected' | 'not-applicable';
  readonly code?: 'AUTH_REQUIRED' | 'TOKEN_EXPIRED';
}

/** A credential that ends, in a backend whose time is the clock's. Times in milliseconds. */
export interface ExpiringCredential extends AuthenticationCase {
  /** The one that the factory gives to the backend. */
  readonly clock: ManualClock;
  readonly expiresAt: number;
  /** How long it is taken beyond its end, because clocks differ. */
  readonly toleranceMilliseconds?: number;
}

export interface BaseAuthCases {
  /** At least one; best two of different people, so that a mix-up shows. */
  readonly good: readonly GoodCredential[];
  /** At least one. */
  readonly bad: readonly BadCredential[];
  /** Only for a backend that asks nobody: whom everybody is taken for. Then there are no good and no bad credentials. */
  readonly everybody?: { readonly subject: string; readonly roles?: readonly string[] };
  /** A request on which the backend waits for something that never comes, until its signal or a deadline of its own ends it. */
  readonly slow?: AuthenticationCase;
  readonly expiring?: ExpiringCredential;
  /** For every single answer; 5000 if absent. */
  readonly deadlineMilliseconds?: number;
  /** Node's own if absent. */
  readonly runner?: Runner;
}

/** @throws {TypeError} if there is nothing to check: a suite that cannot fail proves nothing */
export function requireCases({ good, bad, everybody }: BaseAuthCases): void {
  if (everybody === undefined && (good.length === 0 || bad.length === 0)) {
    throw new TypeError('describeBaseAuth needs at least one good and one bad credential');
  }
  if (everybody !== undefined && good.length + bad.length > 0) {
    throw new TypeError('a backend that takes everybody for the same has neither good nor bad credentials');
  }
}
