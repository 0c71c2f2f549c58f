import type { HeldCredential } from '../credentials/held-credential.js';

/** How a socket shows who connects. A browser's can say nothing but sub-protocols. */
export type SocketCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  /** The credential goes over HTTP, for a ticket. */
  | { readonly kind: 'ticket' };

// RFC 6455 §4.1: a sub-protocol is a token of RFC 9110 §5.6.2.
const subProtocol = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Fields that say nothing about who asks. */
const indifferent: ReadonlySet<string> = new Set(['authorization', 'accept', 'content-type', 'x-policy-revision']);

/**
 * A bearer token by itself goes as a sub-protocol. Anything else (Basic, an API key, a token with characters that no sub-protocol has, a
 * further header that may have a say) goes through a ticket.
 */
export function socketCredential(headers: Headers): SocketCredential {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? [];
  const others = [...headers.keys()].some((name) => !indifferent.has(name));
  if (token !== undefined && subProtocol.test(token) && !others) return { kind: 'token', token };
  return others || headers.has('authorization') ? { kind: 'ticket' } : { kind: 'none' };
}

/** What `agentflow` takes for a sub-protocol, echoing the first. */
export function subProtocolsOf(shown: ShownCredential): string[] {
  if ('token' in shown) return ['agentflow-bearer', shown.token];
  return 'ticket' in shown ? ['agentflow-ticket', shown.ticket] : [];
}

/** A credential in the form in which a socket shows it, when it opens or in an `authenticate` frame. */
export type ShownCredential =
  | { readonly token: string }
  | { readonly ticket: string }
  | Readonly<Record<string, never>>;

/** What is shown, and the credential that it was made from. */
export interface SocketAuthentication {
  readonly shown: ShownCredential;
  readonly held: HeldCredential;
}
