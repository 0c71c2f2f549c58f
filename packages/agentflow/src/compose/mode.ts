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

/** Whether what is merely weak is refused: production, where strangers can reach it. */
export function isStrict(mode: Mode, host: string): boolean {
  return mode === 'production' && !isLoopbackAddress(host);
}
