import type { DeviceSignInResponse, DeviceTokenResponse, SignInProvider } from '@agentflow/protocol';
import type { IssuedSession, SessionPrincipal } from './user-sessions.js';

/** What a request says of whoever signs in. */
export interface Visitor {
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly address: string;
  readonly signal: AbortSignal;
}

/** A browser that comes to sign in, or comes back from where it did. */
export interface BrowserVisit extends Visitor {
  /** Its name in the configuration. */
  readonly provider: string;
  readonly query: URLSearchParams;
}

/** Where a browser goes next, with which cookies. */
export interface SentOn {
  readonly location: string;
  /** Of `Set-Cookie`. */
  readonly cookies: readonly string[];
  /** Who has signed in, once somebody has. */
  readonly principal?: SessionPrincipal;
}

/** Whether somebody has signed in elsewhere by now. */
export type DeviceResult =
  | { readonly status: Exclude<DeviceTokenResponse['status'], 'signed-in'> }
  | { readonly status: 'signed-in'; readonly issued: IssuedSession };

/**
 * Signing in with a provider. What it cannot answer it refuses with a {@link RequestError}: 400 where the browser has brought something that
 * does not belong together, 403 where somebody may not sign in, 404 for no such provider, 503 where the provider cannot be asked.
 */
export interface ProviderSignIn {
  /** That a browser can sign in with. */
  readonly providers: readonly SignInProvider[];
  begin(visit: BrowserVisit): Promise<SentOn>;
  finish(visit: BrowserVisit): Promise<SentOn>;
  beginDevice(provider: string, visitor: Visitor): Promise<DeviceSignInResponse>;
  finishDevice(provider: string, deviceCode: string, visitor: Visitor): Promise<DeviceResult>;
  /** What must be registered with each provider, by its name. */
  callbacks(): Readonly<Record<string, string>>;
  /** `Set-Cookie` lines that make a browser forget its session; none where it has none. */
  forget(headers: { get(name: string): string | null | undefined }): readonly string[];
}
