import { CredentialError } from '../errors/error-classes.js';

export interface BearerAuth {
  readonly type: 'bearer';
  readonly token: string;
  /** When it ends: RFC 3339, a date, or seconds since 1970. Of a JWT it is read from the token. */
  readonly expiresAt?: string | number | Date | undefined;
}

export interface BasicAuth {
  readonly type: 'basic';
  readonly username: string;
  readonly password: string;
}

/** An API key, most often: `{ type: 'header', name: 'X-API-Key', value: 'af_…' }`. */
export interface HeaderAuth {
  readonly type: 'header';
  readonly name: string;
  readonly value: string;
  /** Stands before the value, with a space between. */
  readonly prefix?: string | null | undefined;
}

export type Auth = BearerAuth | BasicAuth | HeaderAuth;

/** What a {@link CredentialFunction} gives; a text is a bearer token, nothing is no credential. */
export type Credential = Auth | string | null | undefined;

/** Why a credential is asked for. */
export interface CredentialRequest {
  /** The server has refused the one that this function gave last: 401. */
  readonly refused: boolean;
}

/**
 * Gives the credential of the requests that follow. It is asked when the first request is made, when what it gave is about to
 * expire, and once after a 401; requests that wait for it share one call.
 */
export type CredentialFunction = (request: CredentialRequest) => Credential | Promise<Credential>;

export function bearerAuth(token: string): BearerAuth {
  return { type: 'bearer', token };
}

export function basicAuth(username: string, password: string): BasicAuth {
  return { type: 'basic', username, password };
}

export function headerAuth(name: string, value: string, prefix?: string | null): HeaderAuth {
  return { type: 'header', name, value, prefix };
}

/**
 * The header field that carries a credential.
 * @throws {CredentialError} if it cannot; the error does not tell the credential
 */
export function headerOf(auth: Auth): readonly [name: string, value: string] {
  switch (auth.type) {
    case 'bearer':
      return ['Authorization', `Bearer ${checked(auth.token, 'token')}`];
    case 'basic':
      // RFC 7617 §2: the first colon ends the name.
      if (requireText(auth.username, 'username').includes(':')) throw unfit('the username has a colon');
      return ['Authorization', `Basic ${toBase64(`${auth.username}:${requireText(auth.password, 'password')}`)}`];
    case 'header': {
      const value = auth.prefix ? `${auth.prefix} ${checked(auth.value, 'value')}` : checked(auth.value, 'value');
      return [requireText(auth.name, 'name'), value];
    }
    default:
      throw unfit('its type is none of bearer, basic and header');
  }
}

/** What nobody but the server may read of a credential. */
export function secretsOf(auth: Auth | null): readonly string[] {
  switch (auth?.type) {
    case 'bearer':
      return [auth.token];
    case 'basic':
      return [auth.password];
    case 'header':
      return [auth.value];
    case undefined:
      return [];
  }
}

// RFC 9110 §5.5, without what only the obsolete forms allow. What `fetch` says of others repeats them.
const sendable = /^[\t\x20-\x7e]+$/;

function checked(value: unknown, what: string): string {
  const given = requireText(value, what);
  if (!sendable.test(given)) throw unfit(`the ${what} is empty or has characters that no header may have`);
  return given;
}

function requireText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw unfit(`the ${what} is no text`);
  return value;
}

function unfit(why: string): CredentialError {
  return new CredentialError(`The credential cannot be sent: ${why}.`, { code: 'CREDENTIAL_UNFIT' });
}

/** RFC 7617 §2.1: in UTF-8. */
function toBase64(value: string): string {
  return btoa(Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join(''));
}
