import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { ConfigurationFault } from '@agentflow/core';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadEnvironment {
  /** The process's variables, and under them the file's: what is set already wins. */
  readonly environment: Environment;
  /** The file that was read, if one was. */
  readonly file: string | undefined;
  readonly faults: readonly ConfigurationFault[];
}

/** Reads the file that `env` names, relative to the configuration; without the key, `.env` beside it if it is there. */
export function readEnvironment(configurationFile: string, named: unknown, process: Environment): ReadEnvironment {
  const isNamed = typeof named === 'string' && named !== '';
  const name = isNamed ? named : '.env';
  const file = resolve(dirname(configurationFile), name);
  const path = isNamed ? ['env'] : [];
  if (!existsSync(file)) {
    const fault = { path, message: `the file ${name} does not exist`, remedy: 'Make it, or remove the key "env".' };
    return { environment: process, file: undefined, faults: isNamed ? [fault] : [] };
  }
  try {
    return { environment: { ...parseEnv(readFileSync(file, 'utf8')), ...process }, file, faults: [] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    const remedy = 'Let this user read it, or move it away.';
    const fault = { path, message: `the file ${name} cannot be read (${code})`, remedy };
    return { environment: process, file: undefined, faults: [fault] };
  }
}

const variable = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Puts variables into every text: `${NAME}`, or `${NAME:-default}`. A variable that is not set is a fault. */
export function expandVariables(
  value: unknown,
  environment: Environment,
): { value: unknown; faults: ConfigurationFault[] } {
  const faults: ConfigurationFault[] = [];
  const expand = (part: unknown, path: readonly (string | number)[]): unknown => {
    if (typeof part === 'string') {
      return part.replace(variable, (_whole, name: string, fallback: string | undefined) => {
        const found = environment[name] ?? fallback;
        if (found === undefined) {
          faults.push({
            path,
            message: `the variable ${name} is not set`,
            remedy: `Set it, or write \${${name}:-default}.`,
          });
        }
        return found ?? '';
      });
    }
    if (Array.isArray(part)) return part.map((item, index) => expand(item, [...path, index]));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, expand(member, [...path, key])]));
  };
  return { value: expand(value, []), faults };
}

/** Whether a text at a path, as it was written, is more than variables that are set: what else stands there is in the file. */
export function isLiteral(value: unknown, path: readonly (string | number)[], environment: Environment): boolean {
  const written = path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );
  if (typeof written !== 'string') return false;
  return written.replace(variable, (whole, name: string) => (environment[name] === undefined ? whole : '')) !== '';
}
