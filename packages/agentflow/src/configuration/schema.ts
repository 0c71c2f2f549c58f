import { customAuthOptionsSchema, jwtAuthOptionsSchema } from '@agentflow/authentication';
import { customAuthorizationOptionsSchema, ownershipAuthorizationOptionsSchema } from '@agentflow/authorization';
import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** `"jwt"` is short for `{"method": "jwt"}`. */
const authSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { method: value } : value),
  z.discriminatedUnion('method', [jwtAuthOptionsSchema, customAuthOptionsSchema]),
);

/** `"ownership"` is short for `{"method": "ownership"}`, and a path for `{"method": "custom", "path": …}`. */
const authorizationSchema = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value;
    return value.includes(':') ? { method: 'custom', path: value } : { method: value };
  },
  z.discriminatedUnion('method', [ownershipAuthorizationOptionsSchema, customAuthorizationOptionsSchema]),
);

const empty = z.union([z.null(), z.literal('')]).transform(() => undefined);

/** The one file that decides. Every key but `agent` may be left out. */
export const configurationSchema = z.strictObject({
  $schema: z.string().optional(),
  agent: z.string().min(1).describe('The graph: "graph/react.ts:app", "graph.react:app" or "package:name".'),
  auth: z
    .union([empty, z.array(authSchema).min(1), authSchema.transform((one) => [one])])
    .optional()
    .describe('How callers prove who they are. Several are tried in order. Absent: only this machine is served.'),
  authorization: z
    .union([empty, z.array(authorizationSchema).min(1), authorizationSchema.transform((one) => [one])])
    .optional()
    .describe('Who may do what. Several must all allow. Absent: "ownership".'),
  env: z
    .string()
    .min(1)
    .nullish()
    .describe('A file of variables, relative to this one. Absent: ".env" if it is there.'),
  shutdown_grace: durationSeconds({ max: 300 })
    .default(10)
    .describe('What requests in flight may take when the server ends.'),
  thread_wait: durationSeconds({ max: 300 })
    .default(30)
    .describe('How long a run waits for its thread before it is refused with 409.'),
});

export type Configuration = z.output<typeof configurationSchema>;
export type AuthConfiguration = NonNullable<Configuration['auth']>[number];
export type AuthorizationConfiguration = NonNullable<Configuration['authorization']>[number];

/** Keys that AgentFlow has and that change nothing here: one line says so. */
export const ignoredKeys: ReadonlySet<string> = new Set(['injectq', 'evaluation', 'test', 'observability']);

/**
 * Keys that AgentFlow has and this version does not: leaving them out silently would serve something less protected, or
 * other, than what was asked for.
 */
export const unsupportedKeys: ReadonlySet<string> = new Set([
  'ag_ui',
  'checkpointer',
  'rate_limit',
  'redis',
  'remote_tools',
  'store',
  'thread_name_generator',
  'websocket',
]);
