import { ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { type DocumentationPlaces, routeList, routes } from '@agentflow/protocol';
import type { Environment } from '../configuration/environment.js';
import type { Mode } from './mode.js';

/** Literal segments alone: what stands there is no pattern. */
const pathForm = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

/**
 * `DOCS_PATH` and `REDOC_PATH` (AgentFlow: `REDOCS_PATH`); an empty text switches a page off. Where they are not set,
 * development has both, for anybody, and production has none. In production whoever reads them is authenticated.
 * @throws {ConfigurationError}
 */
export function chooseDocumentation(environment: Environment, mode: Mode): DocumentationPlaces {
  const faults: ConfigurationFault[] = [];
  const read = (names: readonly string[], inDevelopment: `/${string}`): `/${string}` | undefined => {
    const name = names.find((one) => environment[one] !== undefined);
    const path = name === undefined ? undefined : (environment[name] ?? '');
    if (name === undefined || path === undefined) return mode === 'development' ? inDevelopment : undefined;
    if (path === '') return undefined;
    if (!pathForm.test(path) || isTaken(path)) faults.push(placeFault(name, path));
    return `/${path.slice(1)}`;
  };
  const readDocs = read(['DOCS_PATH'], routes.readDocs.path);
  const readRedocs = read(['REDOC_PATH', 'REDOCS_PATH'], routes.readRedocs.path);
  if (readDocs !== undefined && readDocs === readRedocs) faults.push(placeFault('REDOC_PATH', readRedocs));
  if (faults.length > 0) throw new ConfigurationError(faults);
  const reason = 'documentation, for whoever develops here; production asks who reads it';
  return { readDocs, readRedocs, public: mode === 'development' ? reason : undefined };
}

function isTaken(path: string): boolean {
  return path.startsWith('/v1/') || [...routeList, routes.readOpenApi].some((route) => route.path === path);
}

function placeFault(name: string, path: string): ConfigurationFault {
  return {
    path: [],
    message: `${name} is ${JSON.stringify(path)}, where no page can lie`,
    remedy: 'Choose a path of its own, such as /docs; an empty text switches the page off.',
  };
}
