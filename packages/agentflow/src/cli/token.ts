import { createJwtAuth, createTokenSigner } from '@agentflow/authentication';
import {
  type BackendSurroundings,
  ConfigurationError,
  formatTime,
  isAuthenticationResult,
  parseDuration,
  silentLog,
  systemClock,
  toPrintable,
} from '@agentflow/core';
import { openDataDirectory } from '../compose/data-directory.js';
import { lacksSecret, provideDevelopmentSecret } from '../compose/development-secret.js';
import { invalid, type LoadedConfiguration, loadConfiguration } from '../configuration/load-configuration.js';
import type { AuthConfiguration } from '../configuration/schema.js';
import { exitCodes } from './print-faults.js';

export interface MintOptions {
  readonly config?: string | undefined;
  readonly user: string;
  readonly role?: readonly string[] | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly claim?: readonly string[] | undefined;
  readonly expires: string;
}

/** Prints a token that this configuration accepts; only the token, so that a shell can take it. */
export async function mint(options: MintOptions): Promise<void> {
  const lifetimeSeconds = parseDuration(options.expires);
  if (lifetimeSeconds === undefined)
    throw new Error(`--expires takes a duration such as 15m or 24h, not "${options.expires}"`);
  const { loaded, jwt, surroundings } = await prepare(options.config);
  const token = await withPlaces(loaded, () =>
    createTokenSigner(
      jwt,
      surroundings,
    )({
      subject: options.user,
      roles: options.role,
      scopes: options.scope,
      tenant: options.tenant,
      claims: readClaims(options.claim ?? []),
      lifetimeSeconds,
    }),
  );
  process.stdout.write(`${token}\n`);
}

/** Says what is in a token, and why this configuration would refuse it; exit code 3 if it would. */
export async function inspect(token: string, options: { readonly config?: string | undefined }): Promise<void> {
  const { loaded, jwt, surroundings } = await prepare(options.config);
  const backend = await withPlaces(loaded, () => createJwtAuth(jwt, surroundings));
  const request = {
    method: 'GET',
    url: '/',
    headers: new Headers(),
    address: '',
    requestId: '',
    transport: 'http',
  } as const;
  const context = { log: silentLog, signal: new AbortController().signal };
  const answer = await backend.authenticate(request, context, { scheme: 'bearer', credentials: token.trim() });
  const parts = token.trim().split('.');
  const lines = (parts.length === 3 ? parts.slice(0, 2) : []).map(
    (part, index) => `${index === 0 ? 'header ' : 'payload'}  ${show(part)}`,
  );
  if (!isAuthenticationResult(answer)) throw new Error('the JWT backend has answered something else than a result');
  if (answer.kind === 'authenticated') {
    const { principal, evidence } = answer;
    const until = evidence.expiresAt === undefined ? 'for ever' : `until ${formatTime(evidence.expiresAt)}`;
    lines.push(
      `accepted  as ${principal.subject}, roles [${principal.roles.join(', ')}], tenant ${principal.tenant}, ${until}`,
    );
  } else {
    const why =
      answer.kind === 'rejected'
        ? answer.reason
        : 'it has not the form of a signed JWT: three segments, parted by dots';
    lines.push(`refused   ${why}`);
    process.exitCode = exitCodes.validation;
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function prepare(config: string | undefined) {
  const loaded = await loadConfiguration(config, process.env);
  const auth = loaded.configuration.auth ?? [];
  const jwt = auth.find((one): one is AuthConfiguration & { method: 'jwt' } => one.method === 'jwt');
  if (jwt === undefined) {
    const remedy = 'Set "auth": "jwt". Another method has credentials of its own.';
    throw invalid(loaded.source, [
      { path: ['auth'], message: 'tokens are minted for "jwt", which this configuration does not use', remedy },
    ]);
  }
  // The laptop's secret, if `agentflow dev` has made one; it is not made for this.
  const environment = lacksSecret(auth, loaded.environment)
    ? provideDevelopmentSecret(openDataDirectory(loaded.directory), loaded.environment, { create: false }).environment
    : loaded.environment;
  const surroundings: BackendSurroundings = {
    directory: loaded.directory,
    path: ['auth'],
    environment,
    clock: systemClock,
    strict: false,
    warn: ({ message }) => process.stderr.write(`warning: ${message}\n`),
  };
  return { loaded, jwt, surroundings };
}

async function withPlaces<T>({ source }: LoadedConfiguration, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConfigurationError) throw invalid(source, error.faults);
    throw error;
  }
}

function readClaims(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new Error(`--claim takes name=value, not "${pair}"`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

/** A token may hold anything, and a terminal must not get it. */
function show(segment: string): string {
  return toPrintable(Buffer.from(segment, 'base64url').toString('utf8'));
}
