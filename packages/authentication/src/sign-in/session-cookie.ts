import { formatCookie, isSameSecret, type Peppers, readCookies } from '@agentflow/core';
import type { PublicAddress } from './public-address.js';

/** By the cookie's prefix a browser sees to it that nobody but this host has set it, over TLS, for all of its paths (RFC 6265bis §4.1.3.2). */
export function cookieNames({ isSecure }: Pick<PublicAddress, 'isSecure'>) {
  const prefix = isSecure ? '__Host-' : '';
  return { session: `${prefix}agentflow`, csrf: `${prefix}agentflow_csrf`, attempt: `${prefix}agentflow-sign-in-` };
}

const form = /^([a-z2-7]{20})\.([\w-]{1,32})\.([\w-]{43})$/;

/** What a browser keeps of its session. Only the pepper makes one: whoever has the database has none. */
export function sessionSecret(familyId: string, { current }: Peppers): string {
  return `${familyId}.${current.id}.${current.mac('session cookie', familyId).toString('base64url')}`;
}

/** The session that a secret is of; undefined for one that was not made here. The database is not asked. */
export function readSessionSecret(text: string, peppers: Peppers): string | undefined {
  const [, familyId, pepperId, mac] = form.exec(text) ?? [];
  const pepper = pepperId === undefined ? undefined : peppers.find(pepperId);
  if (familyId === undefined || mac === undefined || pepper === undefined) return undefined;
  return isSameSecret(mac, pepper.mac('session cookie', familyId).toString('base64url')) ? familyId : undefined;
}

/** What a page of ours says with whatever it changes: readable by its scripts, and good for this session alone. */
export function csrfToken(secret: string, { current }: Peppers): string {
  return current.mac('csrf token', secret).toString('base64url');
}

export function isCsrfToken(token: string, secret: string, peppers: Peppers): boolean {
  const pepper = peppers.find(form.exec(secret)?.[2] ?? '');
  return pepper !== undefined && isSameSecret(token, pepper.mac('csrf token', secret).toString('base64url'));
}

export interface BrowserCookies {
  /** The value of the session's cookie. */
  session(headers: { get(name: string): string | null | undefined }): string | undefined;
  /** `Set-Cookie` lines. */
  begin(secret: string, maxAge: number): readonly string[];
  end(): readonly string[];
}

export function createBrowserCookies(address: () => PublicAddress, peppers: () => Peppers): BrowserCookies {
  return {
    session: (headers) => readCookies(headers).get(cookieNames(address()).session),
    begin(secret, maxAge) {
      const { isSecure: secure } = address();
      const names = cookieNames({ isSecure: secure });
      return [
        formatCookie(names.session, secret, { maxAge, secure }),
        formatCookie(names.csrf, csrfToken(secret, peppers()), { maxAge, secure, readable: true }),
      ];
    },
    end() {
      const { isSecure: secure } = address();
      const names = cookieNames({ isSecure: secure });
      return [
        formatCookie(names.session, '', { maxAge: 0, secure }),
        formatCookie(names.csrf, '', { maxAge: 0, secure, readable: true }),
      ];
    },
  };
}
