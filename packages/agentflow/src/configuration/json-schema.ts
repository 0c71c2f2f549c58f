import { z } from 'zod';
import { ignoredKeys, unsupportedKeys } from './foreign-keys.js';
import { authorizationSchema, authSchema, configurationSchema } from './schema.js';
import { addAuthorizationSpellings, addAuthSpellings } from './spelled-json-schema.js';

/** As much of JSON Schema, draft 2020-12, as is used here. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly description?: string;
  readonly default?: unknown;
  readonly deprecated?: boolean;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  /** Ours, and not in the result: other forms that the schema's preprocessing takes. */
  readonly shorthands?: readonly JsonSchema[];
}

/** `${NAME}` or `${NAME:-default}` in a text: what it will be, nobody knows before the start. */
const variable: JsonSchema = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(?::-[^}]*)?\\}' };

let made: JsonSchema | undefined;

/** The file's JSON Schema, for editors: everything that the loader takes, in all of its spellings, before `${NAME}` is read. */
export function configurationJsonSchema(): JsonSchema {
  made ??= makeJsonSchema();
  return made;
}

/** One entry of `auth` or of `authorization`, in our own spelling only: for the reference. */
export function backendJsonSchemas(key: 'auth' | 'authorization'): readonly JsonSchema[] {
  return withShorthands(toJson(key === 'auth' ? authSchema : authorizationSchema)).oneOf ?? [];
}

function makeJsonSchema(): JsonSchema {
  const {
    $schema,
    properties = {},
    ...rest
  } = withShorthands(toJson(configurationSchema)) as JsonSchema & {
    $schema: string;
  };
  const file: JsonSchema = {
    ...rest,
    properties: {
      ...properties,
      auth: { ...described(properties['auth']), ...oneOrSeveral('authentication') },
      authorization: { ...described(properties['authorization']), ...oneOrSeveral('authorization') },
      ...Object.fromEntries([...ignoredKeys].map((key) => [key, ignored])),
      ...Object.fromEntries([...unsupportedKeys].map(([key, remedy]) => [key, unsupported(remedy)])),
    },
    $defs: {
      authentication: addAuthSpellings(backendJsonSchemas('auth')),
      authorization: addAuthorizationSpellings(backendJsonSchemas('authorization')),
    },
  };
  const { $defs, ...whole } = withVariables(file);
  return {
    ...{ $schema, title: 'agentflow.json', description: 'What agentflow serves, and what guards it.' },
    ...whole,
    $defs: { ...$defs, variable },
  };
}

function toJson(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

const ignored: JsonSchema = { description: 'Of AgentFlow; ignored here.', deprecated: true };

/** Null says the same as no key. */
function unsupported(remedy: string): JsonSchema {
  return { type: 'null', description: `Of AgentFlow; not supported. ${remedy}`, deprecated: true };
}

function described(schema: JsonSchema | undefined): JsonSchema {
  return schema?.description === undefined ? {} : { description: schema.description };
}

function oneOrSeveral(definition: string): JsonSchema {
  const one: JsonSchema = { $ref: `#/$defs/${definition}` };
  return { anyOf: [{ type: 'null' }, one, { type: 'array', minItems: 1, items: one }] };
}

/** Every schema inside a schema, changed from the inside out. */
function mapSchema(schema: JsonSchema, change: (one: JsonSchema) => JsonSchema): JsonSchema {
  const one = (inner: JsonSchema) => mapSchema(inner, change);
  const record = (inner: Readonly<Record<string, JsonSchema>>) =>
    Object.fromEntries(Object.entries(inner).map(([key, member]) => [key, one(member)]));
  const { properties, $defs, items, additionalProperties, anyOf, oneOf, allOf } = schema;
  return change({
    ...schema,
    ...(properties && { properties: record(properties) }),
    ...($defs && { $defs: record($defs) }),
    ...(items && { items: one(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: one(additionalProperties) }),
    ...(anyOf && { anyOf: anyOf.map(one) }),
    ...(oneOf && { oneOf: oneOf.map(one) }),
    ...(allOf && { allOf: allOf.map(one) }),
  });
}

/** The forms in short stand beside the long one. */
function withShorthands(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, ({ shorthands, ...rest }) => (shorthands === undefined ? rest : beside(rest, shorthands)));
}

/** Where only some texts are good, a variable may become one of them. */
function withVariables(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (one) => {
    const isBound = one.pattern !== undefined || one.format !== undefined || one.enum !== undefined || 'const' in one;
    return one.type === 'string' && isBound ? beside(one, [{ $ref: '#/$defs/variable' }]) : one;
  });
}

/** One form, or one of others; what is said about it, is said about all. */
function beside({ description, default: preset, deprecated, ...form }: JsonSchema, others: readonly JsonSchema[]) {
  return {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { default: preset }),
    ...(deprecated !== undefined && { deprecated }),
    anyOf: [form, ...others],
  };
}
