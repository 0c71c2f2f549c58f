import type { Clock } from './clock.js';
import type { ConfigurationFault } from './configuration-error.js';

/** What a backend of ours is given when it is made, beside its options. */
export interface BackendSurroundings {
  /** Where relative paths start: the folder of the configuration. */
  readonly directory: string;
  /** Where its options stand in the file, for the faults that it finds: `['auth']`, or `['auth', 1]` in a list. */
  readonly path: readonly (string | number)[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Whether what is merely weak must be refused: in production, off loopback. */
  readonly strict: boolean;
  /** Says at start what is accepted here and would be refused in production. */
  warn(fault: ConfigurationFault): void;
}
