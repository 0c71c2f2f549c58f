import { relative } from 'node:path';
import { isLoopbackAddress } from '@agentflow/core';
import type { Route } from '@agentflow/protocol';
import { describeDatabase } from '../compose/database.js';
import type { Foundation } from '../compose/foundation.js';
import type { Mode } from '../compose/mode.js';
import { describeCounting } from '../compose/redis.js';
import type { Snapshot } from '../compose/snapshot.js';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { paint } from '../log/style.js';
import { shortDigest } from '../reload/configuration-digest.js';
import { describeGraph } from './describe-graph.js';
import { describeGuard } from './describe-guard.js';
import { version } from './version.js';

export interface StartFacts {
  readonly loaded: LoadedConfiguration;
  readonly foundation: Foundation;
  readonly snapshot: Snapshot;
  /** Of the configuration with its files, in hexadecimal. */
  readonly digest: string;
  readonly mode: Mode;
  readonly url: string;
  readonly insecureNoAuth: boolean;
}

/** What a person wants to know once the server is up: what is served, what guards it, what is open, what is unsafe. */
export function formatStart({ loaded, foundation, snapshot, digest, mode, url, insecureNoAuth }: StartFacts): string {
  const { backends } = snapshot;
  const { runtime, database } = foundation;
  const where = describeDatabase(database);
  const here = (file: string) => relative(process.cwd(), file) || file;
  const row = (name: string, value: string) => `  ${paint('dim', name.padEnd(14))}${value}`;
  const rows = [
    row(
      'config',
      `${here(loaded.source.file)}${loaded.environmentFile ? ` + ${here(loaded.environmentFile)}` : ''}  ${paint('dim', `digest ${shortDigest(digest)}`)}`,
    ),
    row('graph', `${loaded.configuration.agent}  ${paint('dim', describeGraph(runtime))}`),
    ...backends.authentication.map(({ name, backend }) =>
      row('authenticate', describe(name, readable(backend.describe(), here))),
    ),
    ...Object.entries(backends.login?.providerSignIn?.callbacks() ?? {}).map(([name, callback], index) =>
      row(
        index === 0 ? 'sign in' : '',
        `${name}  ${paint('dim', 'to be registered there as redirect URI:')} ${callback}`,
      ),
    ),
    ...backends.authorization.map(({ name, backend }) => row('authorize', describe(name, backend.describe()))),
    ...backends.authorization.flatMap(({ shadow }) => (shadow === undefined ? [] : [row('shadow', shadow.describe())])),
    row('limits', describe(snapshot.edge.limits.description, describeCounting(foundation))),
    row('guard', paint('dim', describeGuard(foundation.guarded))),
    row('data', `${database.kind === 'sqlite' ? here(database.file) : where.place}  ${paint('dim', where.kind)}`),
    ...(snapshot.webhooks?.describe() ?? []).map(({ hook, how }) =>
      row('webhook', describe(hook, readable(how, here))),
    ),
    ...publicRoutes(snapshot.routes).map((route, index) =>
      row(index === 0 ? 'public' : '', describe(`${route.method} ${route.path}`, route.public)),
    ),
  ];
  return [
    `${paint('bold', `agentflow ${version}`)}  ${mode}`,
    '',
    ...rows,
    '',
    ...warningLines(loaded, snapshot, insecureNoAuth),
    ...exposureLines(mode, url),
    `  ${paint('green', 'listening')}     ${paint('bold', url)}`,
    ...placeLines(snapshot, url),
    '',
  ].join('\n');
}

function describe(name: string, what: string): string {
  return what === '' ? name : `${name}  ${paint('dim', what)}`;
}

/** File names in a description, relative to here; an address is none. */
function readable(text: string, here: (file: string) => string): string {
  return text.replace(/(?<=^|\s)\/\S+/g, (file) => here(file));
}

function publicRoutes(routes: readonly Route[]) {
  return routes.filter((route): route is Route & { readonly public: string } => 'public' in route);
}

/** Where people begin. */
function placeLines({ routes }: Snapshot, url: string): string[] {
  const places = [
    ['sign in', routes.find(({ name }) => name === 'signIn')],
    ['playground', routes.find(({ name }) => name === 'readPlayground')],
  ] as const;
  return places.flatMap(([name, route]) =>
    route === undefined
      ? []
      : [`  ${paint('dim', name.padEnd(14))}${route.method === 'GET' ? '' : `${route.method} `}${url}${route.path}`],
  );
}

/** Development is for a laptop: it makes its own secret, and prints tokens. */
function exposureLines(mode: Mode, url: string): string[] {
  if (mode !== 'development' || isLoopbackAddress(new URL(url).hostname)) return [];
  const line = `DEVELOPMENT rules on ${new URL(url).host}, which others reach: for them there is "agentflow api".`;
  return [paint('yellow', `  ! ${line}`), ''];
}

function warningLines(
  loaded: LoadedConfiguration,
  { warnings, announcements, madeSecret, localOnly }: Snapshot,
  insecureNoAuth: boolean,
): string[] {
  const lines = [
    ...loaded.notices,
    ...announcements,
    ...warnings.map(({ message, remedy }) =>
      `${message}. In production it is refused where others can reach the server. ${remedy ?? ''}`.trim(),
    ),
  ];
  if (madeSecret !== undefined)
    lines.push('no JWT secret was set, so one was made for this laptop. Production needs its own: JWT_SECRET_KEY.');
  if (localOnly)
    lines.push(
      'NO AUTHENTICATION: programs on this machine are let in unasked, everybody else is refused. Set "auth" to change that.',
    );
  if (insecureNoAuth)
    lines.push('INSECURE: --insecure-no-auth lets EVERYBODY who reaches this address use the graph, as one principal.');
  return lines.length === 0 ? [] : [...lines.map((line) => paint('yellow', `  ! ${line}`)), ''];
}
