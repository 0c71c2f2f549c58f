import { ConfigurationError } from '@agentflow/core';
import type { Environment } from '../configuration/environment.js';

/** AgentFlow's default (contract 3.8). */
const defaultMaxBodyBytes = 10 * 1024 * 1024;

/** @throws {ConfigurationError} if `MAX_REQUEST_SIZE` is no number of bytes */
export function readMaxBody(environment: Environment): number {
  const value = environment['MAX_REQUEST_SIZE'];
  if (value === undefined || value === '') return defaultMaxBodyBytes;
  const bytes = Number(value);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new ConfigurationError([
    {
      path: [],
      message: `MAX_REQUEST_SIZE is not a number of bytes: ${JSON.stringify(value)}`,
      remedy: `Write digits alone, such as ${defaultMaxBodyBytes}, or remove it.`,
    },
  ]);
}
