import { namesOfRoles } from './authorization-spellings.js';
import type { JsonSchema } from './json-schema.js';
import { methods } from './unknown-method.js';

/* What `auth-spellings.ts` and `authorization-spellings.ts` read, said as JSON Schema. */

/** `file:name`: a text with a colon is a path, and any other a name. */
const path: JsonSchema = { type: 'string', pattern: ':', description: 'The path of a class: "graph/auth.ts:Name".' };

/** `variants` are our own spellings, one for each backend. */
export function addAuthSpellings(variants: readonly JsonSchema[]): JsonSchema {
  const objects = variants.map((variant) => {
    const required = variant.required?.filter((key) => key !== 'method' || nameOf(variant) !== 'custom');
    return { ...variant, ...(required && { required }) };
  });
  return { description: methods.auth.remedy, anyOf: [names(variants), path, ...objects] };
}

export function addAuthorizationSpellings(variants: readonly JsonSchema[]): JsonSchema {
  const forms = [names(variants), path, ...variants.flatMap(spellAuthorization)];
  return { description: methods.authorization.remedy, anyOf: forms };
}

function nameOf(variant: JsonSchema): unknown {
  return variant.properties?.['method']?.const;
}

/** The backends that need no option. */
function names(variants: readonly JsonSchema[]): JsonSchema {
  const simple = variants.filter(
    ({ required = [], anyOf }) => anyOf === undefined && required.every((key) => key === 'method'),
  );
  return { type: 'string', enum: simple.map(nameOf) };
}

/** AgentFlow says `type` or `backend` for `method`, and may say once more what always holds. */
function spellAuthorization(variant: JsonSchema): readonly JsonSchema[] {
  const { method = {}, ...options } = variant.properties ?? {};
  const name = nameOf(variant);
  const word: JsonSchema = name === 'roles' ? { type: 'string', enum: ['roles', ...otherNamesOfRoles()] } : method;
  const properties = { isolation: { const: 'owner', deprecated: true }, ...options };
  const required = (variant.required ?? []).filter((key) => key !== 'method');
  const spelled = ['method', 'type', 'backend'].map((key): JsonSchema => {
    const named = key === 'method' ? word : { ...word, deprecated: true };
    const one = { ...variant, properties: { [key]: named, ...properties }, required: [key, ...required] };
    return name === 'roles' ? spellRoles(one) : one;
  });
  return name === 'custom' ? [...spelled, ...spellCustom(variant, properties)] : spelled;
}

function otherNamesOfRoles(): readonly unknown[] {
  return [...namesOfRoles].filter((name) => name !== 'roles');
}

function spellRoles(variant: JsonSchema): JsonSchema {
  const { roles = {}, ...rest } = variant.properties ?? {};
  const scopes: JsonSchema = { type: 'array', items: { type: 'string' }, deprecated: true };
  return {
    ...variant,
    properties: { ...rest, roles, role_scopes: { ...roles, deprecated: true }, default_scopes: scopes },
    required: variant.required?.filter((key) => key !== 'roles') ?? [],
    oneOf: [{ required: ['roles'] }, { required: ['role_scopes'] }],
    not: { required: ['default_scopes', 'default_role'], properties: { default_scopes: { minItems: 1 } } },
  };
}

/** An object with nothing but a path; and a path where the name is expected. */
function spellCustom(variant: JsonSchema, properties: Readonly<Record<string, JsonSchema>>): readonly JsonSchema[] {
  const { path: _path, ...others } = properties;
  const { isolation: _isolation, ...own } = properties;
  const asName = ['method', 'type', 'backend'].map((key) => ({
    ...variant,
    properties: { [key]: { ...path, deprecated: true }, ...others },
    required: [key],
  }));
  return [{ ...variant, properties: own, required: ['path'] }, ...asName];
}
