import { createHash, randomUUID } from 'node:crypto';
import { RequestError } from '../../errors.js';
import type { Log } from '../../log.js';
import type { DeliveryStore } from '../../stores/delivery-store.js';
import type { Delivery } from '../../webhooks.js';

export interface ClaimParts {
  readonly deliveries: DeliveryStore;
  readonly log: Log;
}

/** A delivery that this request alone handles. One of both must be called; what goes wrong after the first is logged. */
export interface ClaimedDelivery {
  /** It has had its effect: it comes again in vain. */
  finish(): Promise<void>;
  /** It has had none, also where it was thought to have had one: it may come again. */
  release(): Promise<void>;
}

/** After which another may take it: long enough for a renewal to be late, short enough for whoever comes again after a crash. */
const holdMilliseconds = 30_000;

/**
 * Takes a delivery, on whichever instance it comes, for one of all who send it at once. Undefined: it has had its effect before.
 * @throws {RequestError} CONFLICT while another request handles it, and may fail: whoever comes again will know
 */
export async function claimDelivery(delivery: Delivery, parts: ClaimParts): Promise<ClaimedDelivery | undefined> {
  const { deliveries, log } = parts;
  const { hook, rememberMilliseconds: rememberFor } = delivery;
  const digest = createHash('sha256').update(delivery.id).digest('hex');
  const claim = { hook, digest, holder: randomUUID() };
  const taken = await deliveries.take(claim, { holdFor: holdMilliseconds, rememberFor });
  if (taken === 'done') return undefined;
  if (taken === 'held')
    throw new RequestError('CONFLICT', { message: 'This delivery is being handled already.', retryAfterSeconds: 1 });
  const renew = () =>
    void deliveries
      .renew(claim, holdMilliseconds)
      .catch((error: unknown) => log.error({ error, hook }, 'a delivery could not be held for longer'));
  const timer = setInterval(renew, holdMilliseconds / 3);
  timer.unref();
  return {
    finish() {
      clearInterval(timer);
      return deliveries.finish(claim);
    },
    async release() {
      clearInterval(timer);
      await deliveries
        .release(claim)
        .catch((error: unknown) => log.error({ error, hook }, 'a delivery that has failed cannot come again yet'));
    },
  };
}
