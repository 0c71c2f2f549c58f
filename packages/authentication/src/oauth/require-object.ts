import { isObject } from '@agentflow/core';
import { EndpointError } from './fetch/endpoint-error.js';

/** @throws {EndpointError} */
export function requireObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  throw new EndpointError(`the answer of ${what} is not an object`);
}
