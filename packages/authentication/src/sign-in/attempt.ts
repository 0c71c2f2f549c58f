import { createHash, randomBytes } from 'node:crypto';
import type { Peppers } from '@agentflow/core';
import { openText, sealText } from './sealed-text.js';

/** What belongs to one attempt to sign in, between its start and its return. */
export interface Attempt {
  readonly provider: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
  readonly returnTo: string;
  /** As it was sent to the provider. */
  readonly redirectUri: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Somebody may have to find a second factor. */
export const attemptMilliseconds = 10 * 60_000;

const purpose = 'sign-in attempt';

/** 256 bits: what nobody else can have sent. */
export function createState(): string {
  return randomBytes(32).toString('base64url');
}

export function isState(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** By which a browser's attempts are told apart: several tabs may be at it. Says nothing about the state. */
export function attemptName(state: string): string {
  return createHash('sha256').update(`agentflow attempt name\n${state}`).digest('hex').slice(0, 16);
}

/** For the browser that has begun, as a cookie: nobody else can open it, and it cannot be opened without the state. */
export function sealAttempt(attempt: Attempt, state: string, peppers: Peppers): string {
  return sealText(JSON.stringify(attempt), purpose, state, peppers);
}

/** Undefined where this is not what this state was begun with. */
export function openAttempt(sealed: string, state: string, peppers: Peppers): Attempt | undefined {
  const text = openText(sealed, purpose, state, peppers);
  return text === undefined ? undefined : (JSON.parse(text) as Attempt);
}
