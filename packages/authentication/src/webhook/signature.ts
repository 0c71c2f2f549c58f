import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HeaderFields } from '@agentflow/core';

/** What a request says was signed, and by which signatures. */
export interface Claimed {
  /** What names the delivery: it is covered by the signature. Of a body, where nothing else is. */
  readonly id: string;
  /** What its sender calls it, which need not be covered. */
  readonly label: string;
  /** Milliseconds since the epoch; undefined where nothing says when it was signed. */
  readonly signedAt: number | undefined;
  /** Before the body, in what is signed. */
  readonly prefix: string;
  readonly signatures: readonly Uint8Array[];
}

export type SignatureFormat = 'standard' | 'github';

/** Standard Webhooks: what is signed is parted by full stops, so that an id has none. */
const idForm = /^[\x21-\x2d\x2f-\x7e]{1,255}$/;
const timestampForm = /^[1-9]\d{0,11}$/;
/** HMAC-SHA-256 in base64, as it is written by everybody. */
const standardForm = /^v1,([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/;
const githubForm = /^sha256=([\da-f]{64})$/;

/** While a secret is rotated a service signs with several; more than a few are somebody who guesses. */
const maxSignatures = 8;

/** What the header fields of Standard Webhooks claim (§ "Webhook Headers"); undefined where one is missing, or has another form. */
export function readStandard(headers: HeaderFields): Claimed | undefined {
  const id = headers.get('webhook-id') ?? '';
  const timestamp = headers.get('webhook-timestamp') ?? '';
  const texts = (headers.get('webhook-signature') ?? '').split(' ');
  if (!idForm.test(id) || !timestampForm.test(timestamp) || texts.length > maxSignatures) return undefined;
  // Signatures of versions that are not known are passed over: a service may send them beside.
  const signatures = texts.flatMap((text) => {
    const [, base64] = standardForm.exec(text) ?? [];
    return base64 === undefined ? [] : [Buffer.from(base64, 'base64')];
  });
  if (signatures.length === 0) return undefined;
  return { id, label: id, signedAt: Number(timestamp) * 1000, prefix: `${id}.${timestamp}.`, signatures };
}

/**
 * What GitHub's header fields claim. Only the body is signed: neither the time nor the id of the delivery is, so the body itself names the
 * delivery.
 */
export function readGithub(headers: HeaderFields): Claimed | undefined {
  const [, hex] = githubForm.exec(headers.get('x-hub-signature-256') ?? '') ?? [];
  if (hex === undefined) return undefined;
  const label = headers.get('x-github-delivery') ?? '';
  const signatures = [Buffer.from(hex, 'hex')];
  return { id: '', label: idForm.test(label) ? label : '(unnamed)', signedAt: undefined, prefix: '', signatures };
}

/** Whether any signature is that of any key: each is compared with each, whichever is found first. */
export function isSignedBy(keys: readonly Uint8Array[], { prefix, signatures }: Claimed, body: Uint8Array): boolean {
  let isGood = false;
  for (const key of keys) {
    const expected = createHmac('sha256', key).update(prefix).update(body).digest();
    for (const signature of signatures) isGood = timingSafeEqual(expected, signature) || isGood;
  }
  return isGood;
}
