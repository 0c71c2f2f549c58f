import { createHash } from 'node:crypto';
import { type BackendSurroundings, Secret } from '@agentflow/core';
import { findVariable } from '../secret-form.js';

/** A key that the environment names, with an id that stays its own, whatever other keys come and go. */
export interface EnvironmentKey {
  readonly id: string;
  readonly secret: Secret;
  readonly source: string;
  /** Whether it is the one key of a variable that holds one. */
  readonly isSingle: boolean;
}

const single = ['API_KEY', 'INTERNAL_API_KEY'];
const several = 'VALID_API_KEYS';

/** The keys of `API_KEY`, `INTERNAL_API_KEY` and `VALID_API_KEYS`, or of the files that `…_FILE` names. */
export function readEnvironmentKeys(surroundings: BackendSurroundings): readonly EnvironmentKey[] {
  const keys: EnvironmentKey[] = [];
  for (const name of single) {
    const found = findVariable(name, surroundings);
    if (found !== undefined) keys.push({ id: `env:${name}`, ...found, isSingle: true });
  }
  const list = findVariable(several, surroundings);
  if (list === undefined) return keys;
  // An empty text between two commas is no key: whoever sends an empty header must not be let in by it.
  const texts = list.secret
    .reveal()
    .split(/[,\r\n]/)
    .map((text) => text.trim());
  for (const text of texts.filter((one) => one !== '')) {
    keys.push({ id: `env:${several}:${nameOf(text)}`, secret: new Secret(text), source: list.source, isSingle: false });
  }
  return keys;
}

/**
 * Of several keys, each is called by a part of its own digest, never by its place: the place of a key that was taken back would
 * be the next one's, with all that its owner had. So short a part does not help anybody to find a key of the strength asked for.
 */
function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12);
}
