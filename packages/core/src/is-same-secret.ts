import { timingSafeEqual } from 'node:crypto';

/** Takes as long wherever the two differ. Only how long they are may be told from it, so they are digests or MACs, which all are as long. */
export function isSameSecret(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
