import type { LoginResponse } from './sessions.js';

/** The answer of `POST /v1/auth/oauth/{provider}/device`. */
export interface DeviceSignInResponse {
  /** For `/device/token`, and for nobody else. */
  readonly deviceCode: string;
  /** What somebody types in at `verificationUri`. */
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same with the code in it, where the provider has such an address. */
  readonly verificationUriComplete?: string;
  /** RFC 3339 in UTC. */
  readonly expiresAt: string;
  /** How many seconds to wait before each question. */
  readonly interval: number;
}

/** The body of `POST /v1/auth/oauth/{provider}/device/token`. */
export interface DeviceTokenRequest {
  readonly deviceCode: string;
}

/** Its answer: `pending` until somebody has approved it, `slow-down` to who asks too often. The words of RFC 8628 §3.5. */
export type DeviceTokenResponse =
  | { readonly status: 'pending' | 'slow-down' | 'denied' | 'expired' }
  | { readonly status: 'signed-in'; readonly session: LoginResponse };
