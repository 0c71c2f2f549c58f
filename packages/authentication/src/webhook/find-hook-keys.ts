import { type BackendSurroundings, ConfigurationError, type ConfigurationFault } from '@agentflow/core';
import { type FoundSecret, readSecretForm, type SecretForm } from '../secret-form.js';
import { findSecretWeakness } from '../secret-strength.js';
import type { HookOptions } from './options.js';

type Path = readonly (string | number)[];

/** The keys that a hook's sender signs with, and where they came from. */
export interface HookKeys {
  readonly keys: readonly Uint8Array[];
  readonly sources: readonly string[];
}

/** Standard Webhooks, "Signature scheme": secrets have 24 to 64 bytes. */
const minBytes = 24;
const rule = 'the key of a webhook needs at least 24 (Standard Webhooks)';
const remedy =
  'Make one with: echo "whsec_$(openssl rand -base64 32)" — and give it to the service that signs with it.';

const prefix = 'whsec_';
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** @throws {ConfigurationError} with every secret that is not there, or cannot be trusted */
export function findHookKeys({ secret }: Pick<HookOptions, 'secret'>, path: Path, surroundings: BackendSurroundings) {
  const faults: ConfigurationFault[] = [];
  const found: { readonly key: Uint8Array; readonly source: string }[] = [];
  for (const { form, at } of formsOf(secret, path)) {
    try {
      const read = readSecretForm(form, at, surroundings);
      found.push({ key: readKey(read, at, surroundings), source: read.source });
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return { keys: found.map(({ key }) => key), sources: [...new Set(found.map(({ source }) => source))] };
}

function formsOf(
  secret: HookOptions['secret'],
  path: Path,
): readonly { readonly form: SecretForm; readonly at: Path }[] {
  if (!Array.isArray(secret)) return [{ form: secret, at: [...path, 'secret'] }];
  return secret.map((form, index) => ({ form, at: [...path, 'secret', index] }));
}

function readKey({ secret, source }: FoundSecret, path: Path, surroundings: BackendSurroundings): Uint8Array {
  const text = secret.reveal();
  const isEncoded = text.startsWith(prefix);
  const encoded = text.slice(prefix.length);
  const refuse = (message: string) => {
    throw new ConfigurationError([{ path, message: `the secret from ${source} ${message}`, remedy }]);
  };
  if (isEncoded && !base64.test(encoded)) refuse(`begins with "${prefix}", and what follows is not base64`);
  const key = isEncoded ? Buffer.from(encoded, 'base64') : Buffer.from(text, 'utf8');
  if (key.length < minBytes) refuse(`has ${key.length} bytes; ${rule}`);
  // Judged by the text: of base64 each character is worth less, and there are more of them.
  const weakness = findSecretWeakness(isEncoded ? encoded : text, { minBytes, rule });
  if (weakness === undefined) return key;
  const fault = { path, message: `the secret from ${source} ${weakness.message}`, remedy };
  if (weakness.kind === 'unusable' || surroundings.strict) throw new ConfigurationError([fault]);
  surroundings.warn(fault);
  return key;
}
