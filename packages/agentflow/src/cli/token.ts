import { createJwtAuth, createTokenSigner, type JwtAuthOptions, verifiesWithSecret } from '@agentflow/authentication';
import {
  type Actor,
  type ActorFields,
  type AuthenticationResult,
  actorsOf,
  type BackendSurroundings,
  createActor,
  formatTime,
  isAuthenticationResult,
  localRealm,
  parseDuration,
  silentLog,
  systemClock,
  toPrintable,
} from '@agentflow/core';
import { probeDataDirectory } from '../compose/data-directory.js';
import { lacksSecret, provideDevelopmentSecret } from '../compose/development-secret.js';
import { isLiteral } from '../configuration/environment.js';
import { invalid, type LoadedConfiguration, loadConfiguration } from '../configuration/load-configuration.js';
import { withPlaces } from '../configuration/with-places.js';
import { exitCodes } from './print-faults.js';
import { readClaims } from './read-claims.js';

export interface MintOptions {
  readonly config?: string | undefined;
  readonly user: string;
  readonly role?: readonly string[] | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly claim?: readonly string[] | undefined;
  /** The current one first. */
  readonly actor?: readonly string[] | undefined;
  readonly actorRole?: readonly string[] | undefined;
  readonly expires: string;
}

/** Prints a token that this configuration accepts; only the token, so that a shell can take it. */
export async function mint(options: MintOptions): Promise<void> {
  const lifetimeSeconds = parseDuration(options.expires);
  if (lifetimeSeconds === undefined)
    throw new Error(`--expires takes a duration such as 15m or 24h, not "${options.expires}"`);
  const { loaded, entries } = await prepare(options.config);
  const [first] = entries;
  const { jwt, surroundings } =
    entries.find((entry) => verifiesWithSecret(entry.jwt, entry.surroundings.environment)) ?? first;
  const token = await withPlaces(loaded, async () =>
    createTokenSigner(
      jwt,
      surroundings,
    )({
      subject: options.user,
      roles: options.role,
      scopes: options.scope,
      tenant: options.tenant,
      actor: readActorOptions(options),
      claims: readClaims(options.claim ?? []),
      lifetimeSeconds,
    }),
  );
  process.stdout.write(`${token}\n`);
}

/** Says what is in a token, and why this configuration would refuse it; exit code 3 if it would. */
export async function inspect(token: string, options: { readonly config?: string | undefined }): Promise<void> {
  const { loaded, entries } = await prepare(options.config);
  const { answer, reasons } = await withPlaces(loaded, () => askEach(entries, token.trim()));
  const parts = token.trim().split('.');
  const lines = (parts.length === 3 ? parts.slice(0, 2) : []).map(
    (part, index) => `${index === 0 ? 'header ' : 'payload'}  ${show(part)}`,
  );
  if (answer?.kind === 'authenticated') {
    const { principal, evidence } = answer;
    const actors = actorsOf(principal).map(({ subject }) => subject);
    const through = actors.length === 0 ? '' : `, through ${actors.join(', ')}`;
    const until = evidence.expiresAt === undefined ? 'for ever' : `until ${formatTime(evidence.expiresAt)}`;
    lines.push(
      `accepted  as ${principal.subject}${through}, roles [${principal.roles.join(', ')}], tenant ${principal.tenant}, ${until}`,
    );
  } else {
    const why = reasons.join('; ') || 'it has not the form of a signed JWT: three segments, parted by dots';
    lines.push(`refused   ${why}`);
    process.exitCode = exitCodes.validation;
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** @throws {Error} for what the server would refuse */
function readActorOptions({ actor = [], actorRole: roles }: MintOptions): Actor | undefined {
  const chain = actor.reduceRight<ActorFields | undefined>(
    (before, subject, index) => ({ realm: localRealm, subject, actor: before, ...(index === 0 && { roles }) }),
    undefined,
  );
  if (chain !== undefined) return createActor(chain);
  if (roles !== undefined) throw new Error('--actor-role needs --actor');
  return undefined;
}

/** One "jwt" of the file, and where it stands. */
interface JwtEntry {
  readonly jwt: JwtAuthOptions;
  readonly surroundings: BackendSurroundings;
}

/** As the server does: each entry in turn, until one has something to say. */
async function askEach(
  entries: readonly JwtEntry[],
  token: string,
): Promise<{ readonly answer: AuthenticationResult | undefined; readonly reasons: readonly string[] }> {
  const request = {
    method: 'GET',
    url: '/',
    headers: new Headers(),
    address: '',
    isSecure: true,
    requestId: '',
    transport: 'http',
  } as const;
  const context = { log: silentLog, signal: new AbortController().signal };
  const reasons: string[] = [];
  for (const { jwt, surroundings } of entries) {
    const backend = await createJwtAuth(jwt, surroundings);
    const answer = await backend.authenticate(request, context, { scheme: 'bearer', credentials: token });
    if (!isAuthenticationResult(answer)) throw new Error('the JWT backend has answered something else than a result');
    if (answer.kind === 'authenticated') return { answer, reasons };
    if (answer.reason !== undefined) reasons.push(answer.reason);
    if (answer.kind === 'rejected') return { answer, reasons };
  }
  return { answer: undefined, reasons };
}

async function prepare(config: string | undefined) {
  const loaded = await loadConfiguration(config, process.env);
  const auth = loaded.configuration.auth ?? [];
  // The laptop's secret, if `agentflow dev` has made one; it is not made for this.
  const environment = lacksSecret(auth, loaded.environment)
    ? provideDevelopmentSecret(probeDataDirectory(loaded.directory), loaded.environment, { make: 'none' }).environment
    : loaded.environment;
  const isList = loaded.source.isList('auth');
  const [first, ...others] = auth.flatMap((jwt, index): JwtEntry[] => {
    if (jwt.method !== 'jwt') return [];
    const path = isList ? ['auth', index] : ['auth'];
    return [{ jwt, surroundings: { ...surroundingsOf(loaded), environment, path } }];
  });
  if (first === undefined) {
    const message = 'tokens are minted and inspected for "jwt", which this configuration does not use';
    throw invalid(loaded.source, [{ path: ['auth'], message, remedy: remedyWithoutJwt(auth) }]);
  }
  const entries: readonly [JwtEntry, ...JwtEntry[]] = [first, ...others];
  return { loaded, entries };
}

/** Nobody is to give up the sign-in of all users for a token of their own. */
function remedyWithoutJwt(auth: NonNullable<LoadedConfiguration['configuration']['auth']>): string {
  return auth.some(({ method }) => method === 'login')
    ? 'Tokens of "login" are had by signing in: agentflow login --server URL; then: agentflow token current'
    : 'Set "auth": "jwt". Another method has credentials of its own.';
}

function surroundingsOf({ directory, environment, source }: LoadedConfiguration): BackendSurroundings {
  return {
    directory,
    path: ['auth'],
    environment,
    clock: systemClock,
    strict: false,
    isLiteral: (path) => isLiteral(source.value, path, environment),
    warn: ({ message }) => process.stderr.write(`warning: ${message}\n`),
  };
}

/** A token may hold anything, and a terminal must not get it. */
function show(segment: string): string {
  return toPrintable(Buffer.from(segment, 'base64url').toString('utf8'));
}
