import { ConfigurationError, type ConfigurationFault, type ConfiguredAuth } from '@agentflow/core';
import type { CorsRules } from '@agentflow/host';
import { routeList } from '@agentflow/protocol';
import type { Environment } from '../configuration/environment.js';
import type { Configuration } from '../configuration/schema.js';
import { listIn } from './list-in.js';
import type { Mode } from './mode.js';

/** In the order in which they count. */
const variables = ['CORS_ORIGINS', 'ALLOWED_ORIGINS', 'ORIGINS'] as const;

const defaultMaxAgeSeconds = 600;

export interface CorsSurroundings {
  readonly environment: Environment;
  readonly mode: Mode;
  /** Production, where strangers can reach it. */
  readonly strict: boolean;
  readonly announce: (line: string) => void;
}

/** The rules, but for what the backends read. */
export interface ChosenCors
  extends Pick<CorsRules, 'origins' | 'credentials' | 'headers' | 'maxAgeSeconds' | 'privateNetwork'> {
  /** Absent: all that the routes have. */
  readonly methods?: readonly string[] | undefined;
}

/**
 * `cors` in the file, else the first of the variables that is set, else any origin in development and none in production.
 * Undefined where no page of another origin may call: always so without `auth`, where there is nothing that tells one page
 * from another.
 * @throws {ConfigurationError}
 */
export function chooseCors({ auth, cors = {} }: Configuration, surroundings: CorsSurroundings): ChosenCors | undefined {
  const { mode, strict, announce } = surroundings;
  if (auth === undefined) {
    if (cors.origins !== undefined)
      announce('"cors" changes nothing without "auth": pages of other origins are refused.');
    return undefined;
  }
  const { listed, path, source } = findOrigins(cors.origins, surroundings);
  const isAny = listed === undefined ? mode === 'development' : listed.includes('*');
  const credentials = cors.credentials ?? false;
  const faults = (listed ?? []).flatMap((origin, index) => originFault(origin, path, index, source));
  if (credentials && (isAny || listed === undefined)) faults.push(reflectionFault(listed !== undefined));
  if (isAny && strict) faults.push(openFault(path));
  if (faults.length > 0) throw new ConfigurationError(faults);
  if (isAny && mode === 'production' && !strict)
    announce('"*" lets every web page call; off this machine it is refused.');
  if (!isAny && (listed === undefined || listed.length === 0)) return undefined;
  return {
    origins: isAny ? '*' : (listed ?? []),
    credentials,
    methods: cors.methods,
    headers: cors.headers ?? [],
    maxAgeSeconds: cors.max_age ?? defaultMaxAgeSeconds,
    privateNetwork: mode === 'development',
  };
}

/** Adds what the routes and the backends need. */
export function completeCors(
  chosen: ChosenCors | undefined,
  backends: readonly ConfiguredAuth[],
): CorsRules | undefined {
  if (chosen === undefined) return undefined;
  const own = backends.flatMap(({ backend }) => [
    ...(backend.credentialHeaders?.() ?? []),
    ...(backend.companionHeaders?.() ?? []),
  ]);
  const fixed = ['Authorization', 'Content-Type', 'Accept', 'X-API-Key', 'X-Policy-Revision'];
  const names = [...fixed, ...own, ...chosen.headers];
  const isFirst = (name: string, index: number) =>
    names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index;
  const methods = [...new Set<string>(['HEAD', ...routeList.map(({ method }) => method)])];
  return { ...chosen, methods: chosen.methods ?? methods, headers: names.filter(isFirst) };
}

interface FoundOrigins {
  readonly listed: readonly string[] | undefined;
  readonly path: readonly (string | number)[];
  readonly source: string;
}

/** Several may say it, and only one counts: where they differ, the start says so. */
function findOrigins(inFile: readonly string[] | undefined, { environment, announce }: CorsSurroundings): FoundOrigins {
  const places = [
    ...(inFile === undefined ? [] : [{ listed: inFile, path: ['cors', 'origins'], source: '"cors" in the file' }]),
    ...variables
      .filter((name) => (environment[name] ?? '') !== '')
      .map((name) => ({ listed: listIn(environment[name]), path: [], source: name })),
  ];
  const [first, ...others] = places;
  if (first === undefined) return { listed: undefined, path: [], source: '' };
  const same = (list: readonly string[]) => list.toSorted().join(' ');
  for (const { listed, source } of others) {
    if (same(listed) !== same(first.listed))
      announce(`${source} lists other origins, and is not read: ${first.source} counts.`);
  }
  return first;
}

function originFault(
  origin: string,
  path: readonly (string | number)[],
  index: number,
  source: string,
): ConfigurationFault[] {
  if (origin === '*' || isOrigin(origin)) return [];
  const written = URL.canParse(origin) ? new URL(origin).origin : 'null';
  return [
    {
      path: path.length === 0 ? [] : [...path, index],
      message: `${path.length === 0 ? `${source}: ` : ''}${JSON.stringify(origin)} is not an origin`,
      remedy: `Write it as browsers do: ${written === 'null' ? 'https://app.example.com' : written}`,
    },
  ];
}

/** Of a packaged app, whose scheme is not the web's. */
const appOrigin = /^(?!file:|data:|blob:|javascript:)[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(?::\d{1,5})?$/;

/**
 * As browsers write it (RFC 6454 §6.2): scheme, host, and a port that is not the scheme's own. Nothing else is ever equal, a
 * pattern least of all.
 */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || text.includes('*')) return false;
  const { origin } = new URL(text);
  return origin === 'null' ? appOrigin.test(text) : origin === text;
}

function reflectionFault(isListed: boolean): ConfigurationFault {
  return {
    path: ['cors', 'credentials'],
    message: isListed
      ? 'any origin together with credentials would let every web page act as whoever reads it'
      : 'credentials need a list of origins',
    remedy: 'Name the origins in "cors.origins", or leave "credentials" out.',
  };
}

function openFault(path: readonly (string | number)[]): ConfigurationFault {
  return {
    path,
    message: 'in production, every web page there is would be let call: "*"',
    remedy: 'Name the origins whose pages may call.',
  };
}
