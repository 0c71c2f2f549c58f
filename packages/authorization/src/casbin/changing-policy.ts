import type { LivePolicy, Readiness } from '@agentflow/core';
import type { InspectedPolicy } from './inspection/inspected-policy.js';
import type { PlacedPolicy } from './placed-policy.js';

/** A policy that may change while it decides, wherever it lies. */
export interface ChangingPolicy {
  /** @throws {Error} where the policy has been out of date for too long */
  current(): PlacedPolicy;
  ready(): Readiness;
  /** The one that decides now, to be asked why. */
  inspect(): Promise<InspectedPolicy>;
  /** Where it can be changed from here. */
  readonly live: LivePolicy | undefined;
  close(): void;
}
