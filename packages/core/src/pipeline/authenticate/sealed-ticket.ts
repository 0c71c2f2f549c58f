import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** A ticket, and what is kept of it: neither can be made from the other. */
export interface SealedTicket {
  /** For its holder alone. */
  readonly ticket: string;
  readonly hash: string;
  readonly sealed: Uint8Array;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const form = /^[\w-]{43}$/;

/**
 * Seals a text under a key that only the ticket gives: who reads the database finds neither a ticket nor what is in it.
 * @param binding what must be said again to open it
 */
export function sealTicket(text: string, binding: string): SealedTicket {
  const ticket = randomBytes(32).toString('base64url');
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, keyOf(ticket), nonce).setAAD(Buffer.from(binding));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { ticket, hash: hashTicket(ticket), sealed };
}

/** @throws {Error} if it is not what was sealed under this ticket and binding */
export function openTicket(ticket: string, binding: string, sealed: Uint8Array): string {
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, keyOf(ticket), nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(binding)).setAuthTag(sealed.subarray(-tagBytes));
  const text = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  return text.toString('utf8');
}

/** Whether a text has the form of a ticket: for no other is the database asked. */
export function isTicketForm(text: string): boolean {
  return form.test(text);
}

/** By which it is found. 256 random bits need no slow hash. */
export function hashTicket(ticket: string): string {
  return createHash('sha256').update(`agentflow ticket\n${ticket}`).digest('hex');
}

function keyOf(ticket: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ticket, '', 'agentflow ticket seal', 32));
}
