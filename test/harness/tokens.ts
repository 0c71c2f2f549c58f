import { createHmac } from 'node:crypto';

/** Any header and payload, signed with HMAC: also those that no honest issuer makes. */
export function signToken(
  payload: object | string,
  secret: string | Buffer,
  header: object | string = { alg: 'HS256', typ: 'JWT' },
  hash = 'sha256',
): string {
  const encode = (part: object | string) =>
    Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

/** In seconds, as `exp` has it. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** A token that is good for an hour. */
export function tokenFor(subject: string, secret: string, claims: object = {}): string {
  return signToken({ sub: subject, exp: inSeconds(3600), ...claims }, secret);
}
