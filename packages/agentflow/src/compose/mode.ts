import { isLoopbackAddress } from '@agentflow/core';
import type { Environment } from '../configuration/environment.js';

export type Mode = 'development' | 'production';

/** `MODE` in the environment; without it the command's own: only `dev` is development. */
export function readMode(environment: Environment, commandsOwn: Mode): Mode {
  const mode = environment['MODE']?.toLowerCase();
  return mode === 'development' || mode === 'production' ? mode : commandsOwn;
}

/** Whether what is merely weak is refused: production, where strangers can reach it. */
export function isStrict(mode: Mode, host: string): boolean {
  return mode === 'production' && !isLoopbackAddress(host);
}
