import type { Attempts, Clock, IssuedSession, Peppers, SessionStart, Stores } from '@agentflow/core';
import type { ProviderOptions } from './options.js';
import type { ProviderConnection } from './provider-connection.js';
import type { PublicAddress } from './public-address.js';
import type { BrowserCookies } from './session-cookie.js';

/** One that the configuration names. */
export interface Provider {
  readonly name: string;
  readonly issuer: string;
  readonly options: ProviderOptions;
  readonly connection: ProviderConnection;
}

export interface SignInParts {
  readonly address: () => PublicAddress;
  readonly peppers: () => Peppers;
  readonly openStores: () => Promise<Pick<Stores, 'signIns' | 'sessions'>>;
  readonly openAttempts: () => Promise<Attempts>;
  readonly begin: (start: SessionStart) => Promise<IssuedSession>;
  /** Ends the session that a browser had until now. */
  readonly endFormer: (secret: string) => Promise<void>;
  readonly cookies: BrowserCookies;
  readonly clock: Clock;
}
