import { ConfigurationError } from '@agentflow/core';
import { readPlaygroundPage } from '@agentflow/playground';
import { type DocumentationPlaces, routes } from '@agentflow/protocol';
import type { Environment } from '../configuration/environment.js';
import type { Mode } from './mode.js';
import { pagePathFault, readPagePath } from './page-path.js';

/**
 * `PLAYGROUND_PATH`; an empty text switches it off. Where it is not set, development has it, unless it has not been built, and production
 * has none.
 * @throws {ConfigurationError}
 */
export function choosePlayground(
  environment: Environment,
  mode: Mode,
  { readDocs, readRedocs }: Pick<DocumentationPlaces, 'readDocs' | 'readRedocs'>,
): `/${string}` | undefined {
  const { variable, path, faults } = readPagePath(environment, ['PLAYGROUND_PATH']);
  if (faults.length > 0) throw new ConfigurationError(faults);
  const isAsked = variable !== undefined;
  const place = isAsked || mode === 'production' ? path : routes.readPlayground.path;
  if (place === undefined) return undefined;
  if (place === readDocs || place === readRedocs) {
    // Of two that want one path, the one that was asked for by name has it.
    if (!isAsked) return undefined;
    throw new ConfigurationError([pagePathFault(variable, place)]);
  }
  if (readPlaygroundPage() !== undefined) return place;
  if (!isAsked) return undefined;
  const remedy = 'npm run build, at the root of the repository, builds it.';
  throw new ConfigurationError([{ path: [], message: `${variable} is set, and the playground is not built`, remedy }]);
}
