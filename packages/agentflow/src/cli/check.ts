import { silentLog } from '@agentflow/core';
import { compose } from '../compose/compose.js';
import { readMode } from '../compose/mode.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { paint } from '../log/style.js';
import { describeGraph } from './describe-graph.js';
import { describeGuard } from './describe-guard.js';
import { readListening } from './listening.js';
import { warningLine } from './print-faults.js';
import { readShadow } from './read-shadow.js';
import type { ServeOptions } from './serve.js';

/** Validates everything that `api` would, without serving and without leaving anything behind. */
export async function check(options: ServeOptions): Promise<void> {
  const loaded = await loadConfiguration(options.config, process.env);
  const mode = readMode(loaded, 'production');
  const { host, insecureNoAuth } = readListening(options, loaded);
  const composition = await compose({
    loaded,
    mode,
    host,
    insecureNoAuth,
    shadow: readShadow(options, loaded),
    log: { ...silentLog, write: () => undefined },
    data: 'memory',
  });
  const { snapshot, foundation } = composition;
  const { authentication, authorization } = snapshot.backends;
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(', ');
  const lines = [
    `${paint('green', 'good')}  ${loaded.source.file}  ${paint('dim', `by the rules of ${mode}`)}`,
    `      graph ${loaded.configuration.agent} (${describeGraph(foundation.runtime)}); authenticate ${names(authentication)}; authorize ${names(authorization)}`,
    ...authorization.flatMap(({ shadow }) => (shadow === undefined ? [] : [`      shadow ${shadow.describe()}`])),
    `      guard ${describeGuard(foundation.guarded)}`,
    ...[...loaded.notices, ...snapshot.announcements, ...snapshot.warnings.map(warningLine)].map((line) =>
      paint('yellow', `    ! ${line}`),
    ),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await composition.close();
}
