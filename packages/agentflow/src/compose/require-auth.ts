import { ConfigurationError, isLoopbackAddress } from '@agentflow/core';
import type { Configuration } from '../configuration/schema.js';

/** @throws {ConfigurationError} where strangers would be served without being asked who they are, and nobody has asked for that */
export function requireAuthOffLoopback({ auth }: Configuration, host: string, insecureNoAuth: boolean): void {
  if (auth !== undefined || insecureNoAuth || isLoopbackAddress(host)) return;
  throw new ConfigurationError([
    {
      path: [],
      message: `without "auth", only this machine can be served, and ${host} is reached by others`,
      remedy: 'Set "auth": "jwt", or serve 127.0.0.1. To let everybody in all the same: --insecure-no-auth.',
    },
  ]);
}
