import { randomBytes } from 'node:crypto';
import { createIdPart } from '@agentflow/core';
import { apiKeyPattern } from '@agentflow/protocol';
import { base62, checksumOf } from './checksum.js';

/** What every key of ours begins with, and nothing else may. */
export const issuedPrefix = 'af_sk_';

/** A longer text is no key of ours: nothing is done for it. */
const longest = 'af_sk__'.length + 16 + 16 + 1 + 38;

const idLength = 16;
const secretLength = 32;

/** A key, taken apart. */
export interface KeyParts {
  /** Under which it is kept, and called. */
  readonly id: string;
  readonly environment: string;
}

export interface MadeKey extends KeyParts {
  readonly text: string;
  readonly last4: string;
}

/** 80 random bits of id, 190 of secret. */
export function makeKey(environment: string): MadeKey {
  const id = createIdPart(idLength);
  const secret = createSecret();
  const body = `${issuedPrefix}${environment}_${id}_${secret}`;
  return { text: `${body}${checksumOf(body)}`, id: `key_${id}`, environment, last4: secret.slice(-4) };
}

/** Undefined for whatever cannot be a key of ours: by its form, its length and its checksum alone. */
export function readKey(text: string): KeyParts | undefined {
  if (text.length > longest) return undefined;
  const [, environment, id, , checksum] = apiKeyPattern.exec(text) ?? [];
  if (environment === undefined || id === undefined || checksum === undefined) return undefined;
  return checksumOf(text.slice(0, -checksum.length)) === checksum ? { id: `key_${id}`, environment } : undefined;
}

/** What a key begins with, with its id. */
export function prefixOf({ id, environment }: KeyParts): string {
  return `${issuedPrefix}${environment}_${id.slice('key_'.length)}`;
}

/** Each letter as likely as any other: what would make the first ones likelier is thrown away. */
function createSecret(): string {
  const fair = 256 - (256 % base62.length);
  let text = '';
  while (text.length < secretLength) {
    for (const byte of randomBytes(secretLength)) {
      if (byte < fair && text.length < secretLength) text += base62[byte % base62.length];
    }
  }
  return text;
}
