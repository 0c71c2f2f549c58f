import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigurationFault } from '@agentflow/core';
import { isObject, nearest } from '@agentflow/core';
import { parseReference } from '../load/reference.js';

/** A LangGraph project, as our file says it, and what of it has no place there: one line each. */
export interface TakenOver {
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly notices: readonly string[];
}

type Settings = Readonly<Record<string, unknown>>;

/** Either what was taken over, or what is wrong with the file. */
export type TakeOver = TakenOver | { readonly faults: readonly ConfigurationFault[] };

/**
 * Reads the value of a `langgraph.json` in a folder. `graph` names one of its graphs, and may be left out where there is one.
 */
export function takeOverLangGraph(value: unknown, directory: string, graph: string | undefined): TakeOver {
  if (!isObject(value))
    return { faults: [{ path: [], message: 'the file must hold a JSON object', remedy: 'Name the langgraph.json.' }] };
  const chosen = chooseGraph(value['graphs'], graph);
  if ('fault' in chosen) return { faults: [chosen.fault] };
  const env = takeOverEnvironment(value['env'], directory);
  return {
    configuration: { agent: chosen.reference, auth: 'jwt', authorization: 'ownership', ...env.settings },
    notices: [...env.notices, ...authNotices(value['auth']), ...otherNotices(value)],
  };
}

type Chosen = { readonly reference: string } | { readonly fault: ConfigurationFault };

function chooseGraph(graphs: unknown, wanted: string | undefined): Chosen {
  const names = isObject(graphs) ? Object.keys(graphs) : [];
  if (!isObject(graphs) || names.length === 0) {
    const remedy = 'It must be of the form {"graphs": {"agent": "./src/graph.ts:graph"}}.';
    return { fault: { path: ['graphs'], message: 'no graph is named', remedy } };
  }
  if (wanted === undefined && names.length > 1) {
    const remedy = `Choose one: ${names.map((name) => `--graph ${name}`).join(', or ')}. Each further one is a project of its own.`;
    return { fault: { path: ['graphs'], message: `there are ${names.length} graphs, and one is served`, remedy } };
  }
  const name = wanted ?? names[0] ?? '';
  if (!Object.hasOwn(graphs, name)) {
    const meant = nearest(name, names);
    const remedy = meant === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${meant}"?`;
    return { fault: { path: ['graphs'], message: `there is no graph "${name}"`, remedy } };
  }
  return readGraph(graphs[name], ['graphs', name]);
}

function readGraph(entry: unknown, path: readonly string[]): Chosen {
  const text = isObject(entry) ? entry['path'] : entry;
  const reference = typeof text === 'string' ? parseReference(text) : undefined;
  if (reference === undefined) {
    return {
      fault: { path, message: 'is not of the form "file:name"', remedy: 'For example "./src/graph.ts:graph".' },
    };
  }
  if (reference.module.endsWith('.py')) {
    const remedy = 'Graphs in TypeScript and JavaScript are served here.';
    return { fault: { path, message: `${reference.text} is a graph in Python`, remedy } };
  }
  return { reference: reference.text.replace(/^\.\//, '') };
}

function takeOverEnvironment(env: unknown, directory: string): { settings: Settings; notices: readonly string[] } {
  if (typeof env === 'string' && env !== '') {
    // Without the key, `.env` is read where it is there.
    if (existsSync(join(directory, env))) return { settings: { env }, notices: [] };
    return { settings: {}, notices: [`env: ${env} does not exist, and was left out; .env is read where it is there`] };
  }
  if (!isObject(env) || Object.keys(env).length === 0) return { settings: {}, notices: [] };
  return {
    settings: {},
    notices: [
      `env: holds variables, and secrets belong in no such file. Put them into .env: ${Object.keys(env).join(', ')}`,
    ],
  };
}

function authNotices(auth: unknown): readonly string[] {
  if (auth === undefined || auth === null) return [];
  const path = isObject(auth) && typeof auth['path'] === 'string' ? ` (${auth['path']})` : '';
  return [
    `auth: LangGraph's Auth object${path} does not run here. "auth": "jwt" was written in its place. Its @authenticate becomes a class with authenticate(request), named by "auth": "file.ts:Name"; its @on handlers become one with authorize(user, resource, action), named by "authorization".`,
  ];
}

const taken: ReadonlySet<string> = new Set(['$schema', 'graphs', 'env', 'auth']);

const remedies: Readonly<Record<string, string>> = {
  store: 'memories are kept in the database, without vectors; there is nothing to set',
  checkpointer: 'threads are kept in the database; there is nothing to set',
  http: 'the routes are fixed, and an app of yours is not mounted; CORS and headers are for the proxy in front',
  dependencies: 'package.json says what is installed',
  node_version: 'package.json says it, under "engines"',
  dockerfile_lines: 'images are built outside of this file',
  ui: 'no user interface is served here',
};

function otherNotices(value: Settings): readonly string[] {
  const others = Object.keys(value).filter((key) => !taken.has(key));
  return others.map((key) => `${key}: ${Object.hasOwn(remedies, key) ? remedies[key] : 'has no counterpart here'}`);
}
