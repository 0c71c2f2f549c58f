import { resolve } from 'node:path';
import { type BackendSurroundings, ConfigurationError, type ConfigurationFault, Secret } from '@agentflow/core';
import { z } from 'zod';
import { readKeyFile } from './key-file.js';

type Path = readonly (string | number)[];

/** A secret and where it came from, for the start's output. */
export interface FoundSecret {
  readonly secret: Secret;
  readonly source: string;
}

/** How the file names a secret: by `${NAME}`, `{"env": NAME}` or `{"file": …}`. A text is wrapped before anybody sees it. */
export const secretFormSchema = z.union([
  z
    .string()
    .min(1)
    .transform((text) => new Secret(text)),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable') }),
]);

export type SecretForm = z.output<typeof secretFormSchema>;

/** Who makes a secret: whoever runs this server, or the provider, which knows no other. */
export type SecretMaker = 'us' | 'provider';

/** How one is had that is not there at all. */
function remedyFor(name: string, maker: SecretMaker): string {
  const places = `${name} in the environment or in the .env file, or name its file in ${name}_FILE`;
  return maker === 'us'
    ? `Make one with: openssl rand -hex 32 — and set it as ${places}.`
    : `Take it from the provider, which has given it with the client id, and set it as ${places}.`;
}

/** A secret file holds one line. */
const maxSecretBytes = 64 * 1024;

/**
 * The secret that a form names. `path` is where the form stands, and `maker` is who makes it where it is not there.
 * @throws {ConfigurationError} if it is not there, cannot be read, or is told to all who read the configuration
 */
export function readSecretForm(
  form: SecretForm,
  path: Path,
  surroundings: BackendSurroundings,
  maker: SecretMaker = 'us',
): FoundSecret {
  if (form instanceof Secret) {
    checkLiteral(path, surroundings);
    return { secret: form, source: 'the configuration' };
  }
  if ('file' in form) return readSecretFile(form.file, [...path, 'file'], surroundings);
  const found = findVariable(form.env, surroundings);
  if (found !== undefined) return found;
  const message = `neither ${form.env} nor ${form.env}_FILE is set`;
  throw new ConfigurationError([{ path: [...path, 'env'], message, remedy: remedyFor(form.env, maker) }]);
}

/** A secret that stands in the configuration is in its history and its copies too: told, and refused in production where strangers come. */
export function checkLiteral(path: Path, surroundings: BackendSurroundings): void {
  if (!surroundings.isLiteral(path)) return;
  const fault: ConfigurationFault = {
    path,
    message: `a secret stands in the configuration itself (${path.join('.')})`,
    remedy: `Write \${NAME} and set the variable, or {"file": …}.`,
  };
  if (surroundings.strict) throw new ConfigurationError([fault]);
  surroundings.warn(fault);
}

/** The value of a variable, or of the file that `NAME_FILE` names; undefined if neither is set. */
export function findVariable(name: string, surroundings: BackendSurroundings): FoundSecret | undefined {
  const value = surroundings.environment[name];
  if (value !== undefined && value !== '') return { secret: new Secret(value), source: name };
  const file = surroundings.environment[`${name}_FILE`];
  return file === undefined || file === '' ? undefined : readSecretFile(file, [], surroundings, `${name}_FILE`);
}

/**
 * The text of a file, without the line's end. `path` is where the configuration names the file, or `variable` does.
 * @throws {ConfigurationError} if it cannot be read
 */
export function readSecretFile(
  file: string,
  path: Path,
  { directory }: BackendSurroundings,
  variable?: string,
): FoundSecret {
  const whole = resolve(directory, file);
  try {
    return { secret: new Secret(readKeyFile(whole, maxSecretBytes).trimEnd()), source: whole };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'cannot be read';
    const named = variable === undefined ? '' : `, which ${variable} names,`;
    // Not another secret: whoever has only mistyped a path would lose what the one they have is for.
    const remedy = `Correct the path${variable === undefined ? '' : ` in ${variable}`}, which starts in the folder of the configuration.`;
    throw new ConfigurationError([{ path, message: `the secret's file ${whole}${named} ${why}`, remedy }]);
  }
}
