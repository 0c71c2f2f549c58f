import type { AuthenticationCase } from './cases.js';

/** Where a credential stands, and what of it is scheme and what is secret. */
export interface CredentialText {
  readonly header: string;
  /** `Bearer `, or nothing. */
  readonly prefix: string;
  readonly text: string;
}

/** @throws {TypeError} if the case has no such header */
export function credentialTextOf({ what, headers, credentialHeader }: AuthenticationCase): CredentialText {
  const header = credentialHeader ?? Object.keys(headers)[0];
  const value = header === undefined ? undefined : headers[header];
  if (header === undefined || value === undefined) throw new TypeError(`${what}: no header holds its credential`);
  // RFC 9110 §11.4: only there does a scheme stand before it.
  const prefix = /^(?:proxy-)?authorization$/i.test(header) ? (/^\S+ +/.exec(value)?.[0] ?? '') : '';
  return { header, prefix, text: value.slice(prefix.length) };
}

/** The same request with another text in the place of its credential. */
export function withCredential(one: AuthenticationCase, text: string): Readonly<Record<string, string>> {
  const { header, prefix } = credentialTextOf(one);
  return { ...one.headers, [header]: `${prefix}${text}` };
}

/** Texts that are nearly the credential, each with the carelessness that takes it. */
export function nearCredentials(one: AuthenticationCase): readonly (readonly [what: string, text: string])[] {
  const { text } = credentialTextOf(one);
  const otherCase = text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
  const near: readonly (readonly [string, string])[] = [
    ['one letter more', `${text}x`],
    ['one letter before it', `x${text}`],
    ['its first half', text.slice(0, Math.ceil(text.length / 2))],
    ['its second half', text.slice(Math.ceil(text.length / 2))],
    ['its letters in the other case', otherCase],
    ['itself twice', `${text}${text}`],
    ['itself and another, parted by a comma', `${text}, x`],
  ];
  return near.filter(([, other]) => other !== text);
}

/** A text shorter than this is found everywhere by chance. */
const shortestSecret = 8;

/** All texts of a request that nobody may read again. */
export function secretsOf(one: AuthenticationCase): readonly string[] {
  const { text } = credentialTextOf(one);
  return [text, ...(one.secrets ?? [])].filter((secret) => secret.length >= shortestSecret);
}
