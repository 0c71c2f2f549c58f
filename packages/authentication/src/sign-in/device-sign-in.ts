import {
  BadRequestError,
  type DeviceResult,
  formatTime,
  isPrintable,
  UnavailableError,
  type Visitor,
} from '@agentflow/core';
import type { DeviceSignInResponse } from '@agentflow/protocol';
import { beginSession, refuse } from './begin-session.js';
import { askCounted } from './counted-code.js';
import type { Provider, SignInParts } from './provider.js';
import { openText, sealText } from './sealed-text.js';
import { useOnce } from './use-once.js';

const purpose = 'device sign-in';

/** RFC 8628 §3.2: without a word, five seconds. */
const defaultInterval = 5;

const maxSeconds = 30 * 60;

interface Waiting {
  readonly deviceCode: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Where it began, and counts until somebody has signed in by it. */
  readonly address: string;
}

/**
 * Asks the provider for a code, on behalf of a program without a browser. What only the provider should know is sealed. It costs whoever
 * begins nothing, and the provider a code: so those that come to nothing are counted.
 */
export async function beginOnDevice(
  provider: Provider,
  { address }: Pick<Visitor, 'address'>,
  parts: SignInParts,
): Promise<DeviceSignInResponse> {
  const { clock, peppers } = parts;
  const given = await askCounted({ kind: 'device', address }, parts, {
    ask: () => provider.connection.beginDevice(),
    counts: () => true,
  }).catch((error: unknown) => refuse(error, provider));
  const {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: uri,
    verification_uri_complete: complete,
  } = given;
  const expiresAt = clock.now() + Math.min(given.expires_in, maxSeconds) * 1000;
  // They go to a terminal, and somebody opens them.
  if (![uri, complete].every((one) => one === undefined || isSafe(one)) || !isPrintable(userCode)) {
    throw new UnavailableError({
      reason: `the provider "${provider.name}" answers with an address or a code that is none`,
    });
  }
  const waiting: Waiting = { deviceCode, expiresAt, address };
  return {
    deviceCode: sealText(JSON.stringify(waiting), purpose, provider.name, peppers()),
    ...{ userCode, verificationUri: uri, expiresAt: formatTime(expiresAt) },
    ...(complete !== undefined && { verificationUriComplete: complete }),
    interval: given.interval ?? defaultInterval,
  };
}

/** Asks the provider once. Who asks too often is told so, by the provider. */
export async function finishOnDevice(
  provider: Provider,
  sealed: string,
  visitor: Visitor,
  parts: SignInParts,
): Promise<DeviceResult> {
  const text = openText(sealed, purpose, provider.name, parts.peppers());
  if (text === undefined) throw new BadRequestError('"deviceCode" is none that this server has given.');
  const { deviceCode, expiresAt, address } = JSON.parse(text) as Waiting;
  if (expiresAt <= parts.clock.now()) return { status: 'expired' };
  const found = await askCounted({ kind: 'code', address: visitor.address }, parts, {
    ask: () => provider.connection.askDevice(deviceCode),
    counts: ({ kind }) => kind === 'denied' || kind === 'expired',
  }).catch((error: unknown) => refuse(error, provider));
  if (found.kind !== 'approved') return { status: found.kind };
  if (!(await useOnce(deviceCode, expiresAt, parts))) return { status: 'expired' };
  await (await parts.openAttempts()).forgive({ kind: 'device', address });
  const { issued } = await beginSession(provider, found.claims, visitor, parts);
  return { status: 'signed-in', issued };
}

function isSafe(text: string): boolean {
  return isPrintable(text) && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
