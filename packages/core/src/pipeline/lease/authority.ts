import type { AuthenticateOptions } from '../authenticate/authenticate.js';
import type { AuthorizeOptions } from '../authorize/authorize.js';
import type { RequestLimits } from '../limit/request-limits.js';

/** By what it is decided who somebody is, and what they may do. */
export interface Authority {
  readonly authenticate: AuthenticateOptions;
  readonly authorize: AuthorizeOptions;
  /** How often they may ask. Absent: as often as they like. */
  readonly limits?: RequestLimits | undefined;
  /** Calls when its answers may be others than before, until the function that it returns is called. Absent where they never are. */
  readonly onChange?: (listener: () => void) => () => void;
}

/** An authority whose backends are not closed before it is released. */
export interface HeldAuthority {
  readonly authority: Authority;
  release(): void;
}

/** What is in force now, whatever was when a request came. */
export interface AuthorityInForce {
  hold(): HeldAuthority;
  /**
   * Calls as soon as it is known that an answer may be another than before, until the function that it returns is called. What nobody
   * knows of in this process is found at the next look all the same.
   */
  onChange(listener: () => void): () => void;
  /** Says so: something was revoked, a policy changed, another configuration put in force. */
  changed(): void;
}

/** Asks what is in force now, and is answered at once. */
export function askNow<T>(inForce: AuthorityInForce, ask: (authority: Authority) => T): T {
  const held = inForce.hold();
  try {
    return ask(held.authority);
  } finally {
    held.release();
  }
}

/** Asks what is in force now, which is not closed before it has answered. */
export async function askInForce<T>(inForce: AuthorityInForce, ask: (authority: Authority) => Promise<T>): Promise<T> {
  const held = inForce.hold();
  try {
    return await ask(held.authority);
  } finally {
    held.release();
  }
}
