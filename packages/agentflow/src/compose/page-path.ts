import type { ConfigurationFault } from '@agentflow/core';
import { routeList, routes } from '@agentflow/protocol';
import type { Environment } from '../configuration/environment.js';

/** Literal segments alone: what stands there is no pattern. */
const pathForm = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

/** What the first of these variables that is set says. */
export interface ChosenPath {
  /** Undefined where none is set. */
  readonly variable: string | undefined;
  /** Where the page lies; undefined where none is set, or one is set to an empty text: it is switched off then. */
  readonly path: `/${string}` | undefined;
  readonly faults: readonly ConfigurationFault[];
}

/** Reads the variables that say where a page is served. */
export function readPagePath(environment: Environment, names: readonly string[]): ChosenPath {
  const variable = names.find((one) => environment[one] !== undefined);
  const path = variable === undefined ? '' : (environment[variable] ?? '');
  if (variable === undefined || path === '') return { variable, path: undefined, faults: [] };
  const isGood = pathForm.test(path) && !isTaken(path);
  return { variable, path: `/${path.slice(1)}`, faults: isGood ? [] : [pagePathFault(variable, path)] };
}

export function pagePathFault(variable: string, path: string): ConfigurationFault {
  return {
    path: [],
    message: `${variable} is ${JSON.stringify(path)}, where no page can lie`,
    remedy: 'Choose a path of its own, such as /docs; an empty text switches the page off.',
  };
}

function isTaken(path: string): boolean {
  return path.startsWith('/v1/') || [...routeList, routes.readOpenApi].some((route) => route.path === path);
}
