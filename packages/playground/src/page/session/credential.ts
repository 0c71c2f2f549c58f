import { basicAuth, bearerAuth, headerAuth } from '@agentflow/client';
import type { Entry } from './session.js';

/** The ways to sign in that the page knows, in the order in which it offers them. */
export const signInWays = ['bearer', 'key', 'basic', 'none'] as const;

export type SignInWay = (typeof signInWays)[number];

/** What stands in the form. Kept in memory only: a reload forgets it. */
export interface SignInFields {
  readonly token: string;
  readonly keyHeader: string;
  readonly key: string;
  readonly username: string;
  readonly password: string;
}

export function toEntry(way: SignInWay, fields: SignInFields): Entry {
  switch (way) {
    case 'bearer':
      // Pasted with the word before it, a token is still the same token.
      return { by: 'credential', auth: bearerAuth(fields.token.trim().replace(/^bearer\s+/i, '')) };
    case 'key':
      return { by: 'credential', auth: headerAuth(fields.keyHeader.trim(), fields.key.trim()) };
    case 'basic':
      return { by: 'credential', auth: basicAuth(fields.username, fields.password) };
    case 'none':
      return { by: 'nothing' };
  }
}

/** Which way the first of the schemes that a server has named asks for; undefined for one that the page does not know. */
export function wayOf(schemes: readonly string[]): SignInWay | undefined {
  const ways: Readonly<Record<string, SignInWay>> = { bearer: 'bearer', apikey: 'key', basic: 'basic' };
  return schemes.map((scheme) => ways[scheme.toLowerCase()]).find((way) => way !== undefined);
}
