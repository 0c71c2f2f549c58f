import type { Clock } from './clock.js';
import type { ConfigurationFault } from './configuration-error.js';
import type { Attempts } from './limits/attempts.js';
import type { Counters } from './limits/counters.js';
import type { Log } from './log.js';
import type { Peppers } from './pepper.js';
import type { Revocations } from './revocations.js';
import type { Stores } from './stores/stores.js';
import type { UsableResource } from './use-guard.js';

/** What a backend of ours is given when it is made, beside its options. */
export interface BackendSurroundings {
  /** Where relative paths start: the folder of the configuration. */
  readonly directory: string;
  /** Where its options stand in the file, for the faults that it finds: `['auth']`, or `['auth', 1]` in a list. */
  readonly path: readonly (string | number)[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether any part of the text at a place stands in the file itself, for all who read it, and not in a variable. */
  isLiteral(path: readonly (string | number)[]): boolean;
  readonly clock: Clock;
  /** Whether what is merely weak must be refused: in production, where strangers come. */
  readonly strict: boolean;
  /** Which uses will be decided: a policy about any other would guard nothing. Absent where nothing is served. */
  readonly guarded?: ReadonlySet<UsableResource> | undefined;
  /** Says at start what is accepted here and would be refused in production. */
  warn(fault: ConfigurationFault): void;
}

/** The same for a backend that serves, and does not only mint or check. */
export interface ServingSurroundings extends BackendSurroundings {
  /** Says loudly at start what is unsafe and was asked for all the same. */
  announce(line: string): void;
  /** Says that the backend may answer otherwise from now on: what goes on is asked about at once, and not only at its next look. */
  readonly changed?: () => void;
  /** For what happens after the start. */
  readonly log: Log;
  /** What is kept in the database, for a backend that keeps something there: opened when it is first asked for. */
  readonly openStores: () => Promise<Stores>;
  /** Whether what is kept is forgotten at the end: for a mere validation, which must not look at what a server has kept. */
  readonly isTrial: boolean;
  /** Whether another configuration is served meanwhile, and goes on to be where this one is refused: nothing is kept for good then. */
  readonly isReload: boolean;
}

/** The same for a backend that issues what it authenticates by. */
export interface IssuingSurroundings extends ServingSurroundings {
  /** How often somebody may guess. Opened when it is first asked for. */
  readonly openAttempts: () => Promise<Attempts>;
  /** With what limits are counted, together with other processes where they count together. Opened likewise. */
  readonly openCounters: () => Promise<Counters>;
  /** What was taken back, by whichever process. Asked about every credential by the pipeline; a backend asks about what it remembers. */
  readonly revocations: Revocations;
  /**
   * The server's own secret outside of its database.
   * @throws {ConfigurationError} where there is none, or it is too weak
   */
  readonly obtainPeppers: () => Peppers;
  /** Whether it is development that is served, by the mode. Absent: production. */
  readonly isDevelopment?: boolean;
  /** Under which address those outside know this server, without a slash at its end. Absent: nothing says it. */
  readonly publicUrl?: (() => string) | undefined;
}
