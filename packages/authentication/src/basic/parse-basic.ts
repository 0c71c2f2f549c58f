import { isFreeOfControls } from '@agentflow/core';

export interface NameAndPassword {
  readonly username: string;
  readonly password: string;
}

/** Longer than any name and password that somebody has, and short enough to be hashed for nothing. In characters of base64. */
const maxLength = 4096;

// RFC 4648 §4, with its padding.
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads the credentials of Basic (RFC 7617 §2, with the charset that the challenge names, §2.1). The first colon ends the name; a password
 * may have more of them. Undefined for everything that two readers could understand differently.
 */
export function parseBasic(credentials: string): NameAndPassword | undefined {
  if (credentials.length > maxLength || !base64.test(credentials)) return undefined;
  const bytes = Buffer.from(credentials, 'base64');
  // Bits that no byte needs must be zero (RFC 4648 §3.5): else one password could be sent in several ways.
  if (bytes.toString('base64') !== credentials) return undefined;
  const text = decodeUtf8(bytes);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 1) return undefined;
  const [username, password] = [text.slice(0, colon), text.slice(colon + 1)];
  return password !== '' && isFreeOfControls(text) ? { username, password } : undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
