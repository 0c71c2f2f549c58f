import { isLoopbackAddress } from '@agentflow/core';
import { invalid, type LoadedConfiguration } from '../configuration/load-configuration.js';

export type Mode = 'development' | 'production';

/**
 * `MODE` in the environment; without it the command's own: only `dev` is development.
 * @throws {InvalidConfigurationError} for any other word: a misspelt `production` must not mean something weaker
 */
export function readMode({ environment, source }: LoadedConfiguration, commandsOwn: Mode): Mode {
  const mode = environment['MODE']?.toLowerCase();
  if (mode === undefined || mode === '') return commandsOwn;
  if (mode === 'development' || mode === 'production') return mode;
  const message = `MODE is ${JSON.stringify(environment['MODE'])}, which is neither "development" nor "production"`;
  throw invalid(source, [
    { path: [], message, remedy: 'Correct it in the environment or the .env file, or remove it.' },
  ]);
}

/** By what a configuration says that others than the programs of this machine come. */
export interface Reach {
  /** Where the server listens. */
  readonly host: string;
  /** Under which address those outside know it, where something says so. */
  readonly publicUrl: string | undefined;
  readonly hasProxies: boolean;
}

/** Whether what is merely weak is refused: production, where strangers come. A proxy on this machine brings them to a loopback address. */
export function isStrict(mode: Mode, { host, publicUrl, hasProxies }: Reach): boolean {
  if (mode !== 'production') return false;
  if (hasProxies || !isLoopbackAddress(host)) return true;
  return publicUrl !== undefined && !isLoopbackAddress(new URL(publicUrl).hostname);
}
