import {
  type AttemptPolicies,
  attemptPolicies,
  ConfigurationError,
  type ConfigurationFault,
  createPolicy,
  defaultAttemptNumbers,
  type LimitPolicy,
  type LimitRules,
  type Rate,
  suggest,
} from '@agentflow/core';
import type { Route, RouteName } from '@agentflow/protocol';
import type { Environment } from '../configuration/environment.js';
import { mostRuns } from '../configuration/limits-schema.js';
import type { Configuration } from '../configuration/schema.js';
import type { Mode } from './mode.js';

type RateLimit = NonNullable<Configuration['rate_limit']>;
type WrittenRate = NonNullable<RateLimit['address']>;

export interface LimitSurroundings {
  readonly environment: Environment;
  readonly mode: Mode;
  /** All that are served. */
  readonly routes: readonly Route[];
  readonly announce: (line: string) => void;
}

export interface ChosenLimits {
  /** Undefined where requests are not limited. */
  readonly rules: LimitRules | undefined;
  /** Of whoever guesses. Never absent. */
  readonly attempts: AttemptPolicies;
  /** How many runs of one principal there may be at once, in one process. Undefined for any number. */
  readonly runs: number | undefined;
  /** For people. */
  readonly description: string;
}

/** How much more than one caller an address has, behind which there may be many. */
const addressFactor = 10;

/** How many bad credentials an address may present at once, by what one caller may ask at once; then as many as one may ask. */
const badCredentialFactor = 5;

const defaultRate = {
  production: { burst: 10, amount: 60, perSeconds: 60 },
  development: { burst: 100, amount: 600, perSeconds: 60 },
} as const satisfies Readonly<Record<Mode, Rate>>;

const defaultRuns = { production: 50, development: 500 } as const satisfies Readonly<Record<Mode, number>>;

/**
 * `rate_limit` in the file, else the variables, else what the mode has. Off without `auth`, where nobody has asked for it: only this
 * machine is served there.
 * @throws {ConfigurationError}
 */
export function chooseLimits(configuration: Configuration, surroundings: LimitSurroundings): ChosenLimits {
  const { rate_limit: written, auth } = configuration;
  const attempts = chooseAttempts(written ?? undefined, surroundings.environment);
  if (written?.enabled === false) {
    if (auth !== undefined) {
      surroundings.announce(
        '"rate_limit" is off: whoever asks too often is answered all the same. Sign-ins are limited.',
      );
    }
    return { rules: undefined, attempts, runs: undefined, description: 'off' };
  }
  if (!written && auth === undefined)
    return { rules: undefined, attempts, runs: undefined, description: 'none without "auth"' };
  const rate = chooseRate(written ?? undefined, surroundings);
  const by = auth === undefined && written?.by !== 'global' ? 'ip' : (written?.by ?? 'user');
  const rules: LimitRules = {
    everybody: by === 'global' ? createPolicy('everybody', rate) : undefined,
    address: addressPolicy(by, rate, written?.address),
    ...(by === 'user' && { credential: createPolicy('credential', rate), account: createPolicy('account', rate) }),
    badCredentials:
      auth === undefined
        ? undefined
        : createPolicy('bad-credentials', { ...rate, burst: rate.burst * badCredentialFactor }),
    routes: chooseRoutes(written?.routes ?? {}, surroundings.routes),
    excludedPaths: new Set(written?.exclude_paths),
  };
  // Without "auth" everybody is the same principal.
  const runs = auth === undefined ? undefined : chooseRuns(written ?? undefined, surroundings);
  return { rules, attempts, runs, description: describe(by, rate, runs) };
}

function chooseRate(written: RateLimit | undefined, { environment, mode }: LimitSurroundings): Rate {
  if (written?.requests !== undefined) {
    const { requests, window: perSeconds = 60, burst = requests } = written;
    return { burst, amount: requests, perSeconds };
  }
  const preset = defaultRate[mode];
  const amount =
    written?.requests_per_minute ?? readCount('RATE_LIMIT_REQUESTS_PER_MINUTE', environment) ?? preset.amount;
  const burst =
    written?.burst ??
    (written?.requests_per_minute === undefined ? readCount('RATE_LIMIT_BURST', environment) : undefined);
  return { burst: burst ?? sixthOf(amount), amount, perSeconds: 60 };
}

function chooseRuns(written: RateLimit | undefined, { environment, mode }: LimitSurroundings): number | undefined {
  const runs =
    written?.concurrent_runs ??
    readCount('RATE_LIMIT_CONCURRENT_RUNS', environment, { least: 0, most: mostRuns }) ??
    defaultRuns[mode];
  return runs === 0 ? undefined : runs;
}

/** A burst that nobody has said: ten of sixty. */
function sixthOf(amount: number): number {
  return Math.max(1, Math.ceil(amount / 6));
}

function toRate({ requests_per_minute: amount = 60, burst = sixthOf(amount) }: WrittenRate): Rate {
  return { burst, amount, perSeconds: 60 };
}

function addressPolicy(by: RateLimit['by'], rate: Rate, written: WrittenRate | undefined): LimitPolicy | undefined {
  if (written !== undefined) return createPolicy('address', toRate(written));
  if (by === 'global') return undefined;
  if (by === 'ip') return createPolicy('address', rate);
  const { burst, amount, perSeconds } = rate;
  return createPolicy('address', { burst: burst * addressFactor, amount: amount * addressFactor, perSeconds });
}

/** @throws {ConfigurationError} */
export function chooseAttempts(written: RateLimit | undefined, environment: Environment): AttemptPolicies {
  const attempts = written?.sign_in.attempts ?? readCount('RATE_LIMIT_SIGN_IN_ATTEMPTS', environment);
  return attemptPolicies({
    attempts: attempts ?? defaultAttemptNumbers.attempts,
    intervalSeconds: written?.sign_in.interval ?? defaultAttemptNumbers.intervalSeconds,
  });
}

/** A route counts against what its name says, and against what its permission says, together with all others of that. */
function chooseRoutes(
  written: NonNullable<RateLimit['routes']>,
  routes: readonly Route[],
): ReadonlyMap<RouteName, readonly LimitPolicy[]> {
  const chosen = new Map<RouteName, LimitPolicy[]>();
  const faults: ConfigurationFault[] = [];
  for (const [name, rate] of Object.entries(written)) {
    const policy = createPolicy(name, toRate(rate));
    const meant = routes.filter((route) => [route.name, route.sameAs, permissionOf(route)].includes(name));
    if (meant.length === 0) faults.push(unknownRoute(name, routes));
    for (const route of meant) chosen.set(route.name, [...(chosen.get(route.name) ?? []), policy]);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return chosen;
}

function permissionOf(route: Route): string | undefined {
  return 'requires' in route ? `${route.requires.resource}:${route.requires.action}` : undefined;
}

function unknownRoute(name: string, routes: readonly Route[]): ConfigurationFault {
  const known = routes.flatMap((route) => [route.name, permissionOf(route) ?? route.name]);
  const message = `${JSON.stringify(name)} is neither the name of a route nor a permission that one requires`;
  return { path: ['rate_limit', 'routes', name], message, remedy: suggest(name, [...new Set(known)].toSorted()) };
}

const mostInVariable = 10_000_000;

/** @throws {ConfigurationError} if the variable is set and holds no count */
function readCount(
  name: string,
  environment: Environment,
  { least = 1, most = mostInVariable }: { readonly least?: number; readonly most?: number } = {},
): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  const count = /^\d{1,8}$/.test(text) ? Number(text) : -1;
  if (count >= least && count <= most) return count;
  const message = `${name} is ${JSON.stringify(text)}, which is no count`;
  throw new ConfigurationError([
    { path: [], message, remedy: `Write a whole number from ${least} to ${most}, or remove it.` },
  ]);
}

const whose: Readonly<Record<RateLimit['by'], string>> = {
  user: 'for each credential and each account',
  ip: 'for each address',
  global: 'for all together',
};

function describe(by: RateLimit['by'], { burst, amount, perSeconds }: Rate, runs: number | undefined): string {
  const span = perSeconds === 60 ? 'a minute' : `in ${perSeconds} s`;
  const ofRuns = runs === undefined ? '' : `; ${runs} runs of one principal at a time`;
  return `${amount} ${span}, ${burst} at once, ${whose[by]}${ofRuns}`;
}
