import { ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { type DocumentationPlaces, routes } from '@agentflow/protocol';
import type { Environment } from '../configuration/environment.js';
import type { Mode } from './mode.js';
import { pagePathFault, readPagePath } from './page-path.js';

/**
 * `DOCS_PATH` and `REDOC_PATH` (AgentFlow: `REDOCS_PATH`); an empty text switches a page off. Where they are not set,
 * development has both, for anybody, and production has none. In production whoever reads them is authenticated.
 * @throws {ConfigurationError}
 */
export function chooseDocumentation(environment: Environment, mode: Mode): DocumentationPlaces {
  const faults: ConfigurationFault[] = [];
  const read = (names: readonly string[], inDevelopment: `/${string}`): `/${string}` | undefined => {
    const chosen = readPagePath(environment, names);
    faults.push(...chosen.faults);
    return chosen.variable === undefined && mode === 'development' ? inDevelopment : chosen.path;
  };
  const readDocs = read(['DOCS_PATH'], routes.readDocs.path);
  const readRedocs = read(['REDOC_PATH', 'REDOCS_PATH'], routes.readRedocs.path);
  if (readDocs !== undefined && readDocs === readRedocs) faults.push(pagePathFault('REDOC_PATH', readRedocs));
  if (faults.length > 0) throw new ConfigurationError(faults);
  const reason = 'documentation, for whoever develops here; production asks who reads it';
  return { readDocs, readRedocs, public: mode === 'development' ? reason : undefined };
}
