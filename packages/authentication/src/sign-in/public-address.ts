/** Under which address browsers know this server. */
export interface PublicAddress {
  /** Without a slash at its end: `https://agents.example.com`. */
  readonly url: string;
  readonly origin: string;
  /** Whether its cookies are sent over encrypted connections only. */
  readonly isSecure: boolean;
}

export function describePublicAddress(url: string): PublicAddress {
  const { origin, protocol } = new URL(url);
  return { url: url.replace(/\/+$/, ''), origin, isSecure: protocol === 'https:' };
}
