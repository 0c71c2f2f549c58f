import type { JsonObject, JsonValue } from '@agentflow/protocol';
import { z } from 'zod';
import { isPrintable } from './control-characters.js';
import { isObject } from './is-object.js';

/* Tools that run in the client: what is known of one, of a call of it, and of the answer. */

/** A tool that a client runs, as it was declared. */
export interface RemoteTool {
  /** The node of the graph that it is meant for. */
  readonly node: string;
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. It is shown to the model, and nothing here evaluates it. */
  readonly parameters: JsonObject;
}

/** A call that waits for a client. */
export interface RemoteToolCall {
  /** Of our making, and unlike any other in the thread, whatever id the model gave it. */
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly node: string;
  /** Whose client is asked: {@link keyOfOwner} of whoever started the run. */
  readonly askedOf: string;
}

/** What a client has answered. */
export interface RemoteToolResult {
  readonly output: JsonValue;
  readonly isError: boolean;
}

const callIdPattern = /^remote_[\da-f]{32}$/;

/** Whether an id is of the form that {@link RemoteToolCall} has. Those of models and of other tools are not. */
export function isRemoteCallId(id: string): boolean {
  return callIdPattern.test(id);
}

/** So many tools may a principal declare, and so many may stand in the file. */
export const maxRemoteTools = 64;

const limits = { characters: 16 * 1024, depth: 16, members: 512 };

/** What every model's provider takes for the name of a tool. */
const toolName = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, "_" and "-"');

const nodeName = z.string().min(1).max(255).refine(isPrintable, 'must not have control characters');

const parametersSchema = z
  .record(z.string(), z.unknown())
  .superRefine((value, context) => {
    const fault = parametersFault(value as JsonObject);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .transform((value) => (Object.keys(value).length === 0 ? noParameters : (value as JsonObject)));

const noParameters: JsonObject = { type: 'object', properties: {} };

/** What is said of a remote tool, wherever it is declared. */
export const remoteToolFields = {
  name: toolName.describe('The name by which the model calls the tool.'),
  description: z
    .string()
    .max(4096)
    .refine((text) => !text.includes('\0'), 'must not have a NUL character')
    .default('')
    .describe('For the model: what the tool does, and when to use it.'),
  parameters: parametersSchema
    .default(noParameters)
    .describe('JSON Schema of the arguments, an object. Absent: the tool has no arguments.'),
};

export const remoteToolNode = nodeName;

/** Why a value is no JSON Schema of an object that a model could be shown. */
function parametersFault(schema: JsonObject): string | undefined {
  if (Object.keys(schema).length > 0 && schema['type'] !== 'object') return 'must be a JSON Schema of "type": "object"';
  const properties = schema['properties'] ?? {};
  if (!isObject(properties) || !Object.values(properties).every((one) => isObject(one) || typeof one === 'boolean')) {
    return '"properties" must hold a JSON Schema for each name';
  }
  const required = schema['required'] ?? [];
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string')) {
    return '"required" must be a list of names';
  }
  return isSmall(schema)
    ? undefined
    : `must have at most ${limits.characters / 1024} KiB, ${limits.depth} levels and ${limits.members} members`;
}

function isSmall(schema: JsonObject): boolean {
  let members = 0;
  const isShallow = (value: JsonValue, level: number): boolean => {
    if (typeof value !== 'object' || value === null) return true;
    const inner: readonly JsonValue[] = Object.values(value);
    members += inner.length;
    return level < limits.depth && members <= limits.members && inner.every((one) => isShallow(one, level + 1));
  };
  return isShallow(schema, 0) && JSON.stringify(schema).length <= limits.characters;
}

/** The first two tools that would be one to the graph, as their places in the list. */
export function firstDoubled(tools: readonly Pick<RemoteTool, 'node' | 'name'>[]): number | undefined {
  const seen = new Set<string>();
  for (const [index, { node, name }] of tools.entries()) {
    const key = JSON.stringify([node, name]);
    if (seen.has(key)) return index;
    seen.add(key);
  }
  return undefined;
}
