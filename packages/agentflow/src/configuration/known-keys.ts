import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { configurationSchema } from './schema.js';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** The keys that may stand in the object at a path, whichever of its forms is meant. */
export function knownKeysAt(path: readonly (string | number)[]): readonly string[] {
  let schemas = alternatives(
    z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema,
  );
  for (const part of path) {
    schemas = schemas
      .map((schema) => (typeof part === 'number' ? schema.items : schema.properties?.[part]))
      .filter((schema) => schema !== undefined)
      .flatMap(alternatives);
  }
  return [...new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const nested = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...nested.flatMap(alternatives)];
}

/** The known word that somebody most likely meant; undefined if none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(word, [...known]);
  return distance(word, candidate) <= Math.max(2, Math.floor(word.length / 3)) ? candidate : undefined;
}
