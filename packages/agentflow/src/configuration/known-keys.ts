import { configurationJsonSchema, type JsonSchema } from './json-schema.js';

type Path = readonly (string | number)[];

/**
 * The keys that may stand in the object at a path: those of the backend that its `method` names, else of any of its forms; not
 * those that are only understood.
 */
export function knownKeysAt(path: Path, value?: unknown): readonly string[] {
  const keys = ofItsMethod(schemasAt(path), value).flatMap(({ properties }) => Object.entries(properties ?? {}));
  return [...new Set(keys.filter(([, schema]) => schema.deprecated !== true).map(([key]) => key))];
}

/** What the schema says about the value at a path, else about the nearest thing around it. */
export function descriptionAt(path: Path): string | undefined {
  if (path.length === 0) return undefined;
  const described = schemasAt(path).find(({ description }) => description !== undefined);
  return described?.description ?? descriptionAt(path.slice(0, -1));
}

/** The types of JSON that the value at a path may have: `string`, `object`, … */
export function typesAt(path: Path): readonly string[] {
  return [...new Set(schemasAt(path).flatMap(({ type = [] }) => type))];
}

/** `true` or `false`, where one of them alone may stand at a path: short for a value of another type. */
export function shortFormsAt(path: Path): readonly string[] {
  const constants = schemasAt(path).map((schema) => schema.const);
  return [...new Set(constants.filter((one) => typeof one === 'boolean'))].map(String);
}

/** All that may stand at a path, in each of its forms. */
function schemasAt(path: Path): readonly JsonSchema[] {
  let schemas = alternatives(configurationJsonSchema());
  for (const part of path) schemas = schemas.flatMap((schema) => membersOf(schema, part)).flatMap(alternatives);
  return schemas;
}

function ofItsMethod(schemas: readonly JsonSchema[], value: unknown): readonly JsonSchema[] {
  const method: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'method') : undefined;
  const isNamed = (schema: JsonSchema) => schema.const === method || schema.enum?.includes(method) === true;
  const named = schemas.filter(({ properties }) => {
    const own = properties?.['method'];
    return method !== undefined && own !== undefined && alternatives(own).some(isNamed);
  });
  return named.length > 0 ? named : schemas;
}

function membersOf({ items, properties, additionalProperties }: JsonSchema, part: string | number): JsonSchema[] {
  const named = typeof part === 'number' ? items : properties?.[part];
  const other = typeof part === 'string' && typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const member = named ?? other;
  return member === undefined ? [] : [member];
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const { $ref, anyOf = [], oneOf = [], allOf = [] } = schema;
  const definition = $ref === undefined ? undefined : configurationJsonSchema().$defs?.[$ref.replace('#/$defs/', '')];
  const nested = [...(definition === undefined ? [] : [definition]), ...anyOf, ...oneOf, ...allOf];
  return [schema, ...nested.flatMap(alternatives)];
}
