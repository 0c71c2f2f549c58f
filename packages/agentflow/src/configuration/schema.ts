import {
  apiKeyAuthOptionsSchema,
  customAuthOptionsSchema,
  jwtAuthOptionsSchema,
  oauthAuthOptionsSchema,
} from '@agentflow/authentication';
import {
  casbinAuthorizationOptionsSchema,
  customAuthorizationOptionsSchema,
  insecureAllowAllAuthorizationOptionsSchema,
  ownershipAuthorizationOptionsSchema,
  rolesAuthorizationOptionsSchema,
} from '@agentflow/authorization';
import {
  byteSize,
  durationSeconds,
  firstDoubled,
  maxRemoteTools,
  remoteToolFields,
  remoteToolNode,
  usableResources,
} from '@agentflow/core';
import { z } from 'zod';
import { readAuthSpelling } from './auth-spellings.js';
import { readAuthorizationSpelling } from './authorization-spellings.js';

export const authSchema = z.preprocess(
  readAuthSpelling,
  z.discriminatedUnion('method', [
    jwtAuthOptionsSchema,
    apiKeyAuthOptionsSchema,
    oauthAuthOptionsSchema,
    customAuthOptionsSchema,
  ]),
);

export const authorizationSchema = z.preprocess(
  readAuthorizationSpelling,
  z.discriminatedUnion('method', [
    ownershipAuthorizationOptionsSchema,
    rolesAuthorizationOptionsSchema,
    casbinAuthorizationOptionsSchema,
    customAuthorizationOptionsSchema,
    insecureAllowAllAuthorizationOptionsSchema,
  ]),
);

/** A text is short for `{"url": …}`. */
const databaseSchema = z
  .preprocess(
    (value) => (typeof value === 'string' ? { url: value } : value),
    z.strictObject({
      url: z.string().min(1).describe('"postgres://user:password@host:5432/name".'),
      schema: z.string().min(1).max(63).optional().describe('Where our tables lie. Absent: "agentflow".'),
      max_connections: z.number().int().min(1).max(1000).optional().describe('Of this process, at most. Absent: 10.'),
    }),
  )
  .meta({ shorthands: [{ type: 'string', minLength: 1 }] });

/** A list is short for `{"addresses": […]}`. */
const trustedProxiesSchema = z
  .preprocess(
    (value) => (Array.isArray(value) ? { addresses: value } : value),
    z.strictObject({
      addresses: z.array(z.string().min(1)).describe('Addresses and networks: "10.0.0.5", "10.0.0.0/8", "fd00::/8".'),
      header: z
        .enum(['X-Forwarded-For', 'Forwarded'])
        .optional()
        .describe('In which field they say for whom they forward. Absent: X-Forwarded-For.'),
    }),
  )
  .meta({ shorthands: [{ type: 'array', items: { type: 'string', minLength: 1 } }] });

const corsSchema = z.strictObject({
  origins: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Whose pages may call: "https://app.example.com". Absent: all of them in development, none in production.',
    ),
  credentials: z.boolean().optional().describe('Whether browsers send cookies and the like. Absent: no.'),
  methods: z
    .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']))
    .min(1)
    .optional()
    .describe('With which methods pages may call. Absent: all that there are.'),
  headers: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'must be the name of a header field'))
    .optional()
    .describe('Request header fields that pages may set, beside those that are needed anyway.'),
  max_age: durationSeconds({ max: 86_400 })
    .optional()
    .describe('How long a browser may remember the answer to its question. Absent: 10 minutes.'),
});

const kibibyte = 1024;
const gibibyte = kibibyte ** 3;

const filesSchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where their bytes lie, relative to this file. Several processes of one database need one folder that all of them see. Absent: ".agentflow/files".',
    ),
  max_size: byteSize({ min: kibibyte, max: gibibyte })
    .prefault('25MB')
    .describe('Of one file; a bare number is megabytes.'),
  quota: byteSize({ min: kibibyte, max: kibibyte * gibibyte })
    .prefault('1GB')
    .describe('Of all files of one principal together.'),
  types: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'The media types that are taken, by what the content is. Absent: usual images, sound and video, PDF, plain text, Markdown, CSV and JSON.',
    ),
  url_ttl: durationSeconds({ max: 86_400 })
    .prefault('10m')
    .describe('How long a link opens a file without a credential.'),
});

export const websocketSchema = z.strictObject({
  max_connections: z
    .number()
    .int()
    .min(0)
    .default(1000)
    .describe('How many may be open at once, in this process. 0 for no cap.'),
  max_connections_per_user: z.number().int().min(0).default(10).describe('Of one principal. 0 for no cap.'),
  ping_interval: durationSeconds({ max: 3600 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('30s')
    .describe('How often a client is asked whether it is still there; one that does not answer in that time is gone.'),
  idle_timeout: durationSeconds({ max: 86_400 })
    .prefault('10m')
    .describe('How long a client may say nothing while no run goes on. 0s for as long as it likes.'),
  insecure_token_in_query: z
    .boolean()
    .default(false)
    .describe(
      'Whether "?token=" is a credential of a WebSocket. Addresses are kept in logs and histories that are not ours.',
    ),
});

const empty = z.null().transform(() => undefined);

/** The one file that decides. Every key but `agent` may be left out. */
export const configurationSchema = z.strictObject({
  $schema: z.string().optional().describe('Where an editor finds the schema of this file.'),
  agent: z.string().min(1).describe('The graph: "graph/react.ts:app", "graph.react:app" or "package:name".'),
  auth: z
    .union([empty, z.array(authSchema).min(1), authSchema.transform((one) => [one])])
    .optional()
    .describe('How callers prove who they are. Several are tried in order. Absent: only this machine is served.'),
  authorization: z
    .union([empty, z.array(authorizationSchema).min(1), authorizationSchema.transform((one) => [one])])
    .optional()
    .describe('Who may do what. Several must all allow. Absent: "ownership".'),
  guard: z
    .array(z.enum(usableResources))
    .optional()
    .describe(
      'What of the graph is used only by whoever may "use" it, decided by "authorization" and by scopes each time. Absent: whoever may run the graph uses all of it.',
    ),
  remote_tools: z
    .array(z.strictObject({ node: remoteToolNode.describe('The node that it is meant for.'), ...remoteToolFields }))
    .max(maxRemoteTools)
    .refine((tools) => firstDoubled(tools) === undefined, 'must not have two tools of one name for one node')
    .optional()
    .describe('Tools that run in the client, for whoever runs the graph; it binds them by remoteTools(config).'),
  scopes: z
    .record(z.string().min(1), z.array(z.string()))
    .optional()
    .describe('What the scopes of another vocabulary stand for: {"workflow:trigger": ["graph:invoke"]}.'),
  env: z
    .string()
    .min(1)
    .nullish()
    .describe('A file of variables, relative to this one. Absent: ".env" if it is there.'),
  database: databaseSchema
    .optional()
    .describe('PostgreSQL. Absent: DATABASE_URL, else an embedded database in ".agentflow/" beside this file.'),
  files: filesSchema.prefault({}).describe('What callers may upload, and where it is kept.'),
  trusted_proxies: trustedProxiesSchema
    .optional()
    .describe('Reverse proxies that are believed about the address of the client. Absent: TRUSTED_PROXIES, else none.'),
  insecure_trust_all_proxies: z
    .boolean()
    .default(false)
    .describe('Believes whoever connects about the address of the client.'),
  cors: corsSchema
    .optional()
    .describe('Which web pages of other origins may call. Absent: CORS_ORIGINS, else as the mode says.'),
  websocket: z
    .union([empty, websocketSchema])
    .optional()
    .describe('WebSockets, at "/v1/graph/ws". Absent: as each of these is where it is absent.'),
  shutdown_grace: durationSeconds({ max: 300 })
    .prefault('10s')
    .describe('What requests in flight may take when the server ends.'),
  thread_wait: durationSeconds({ max: 300 })
    .prefault('30s')
    .describe('How long a run waits for its thread before it is refused with 409.'),
  stream_buffer: z
    .number()
    .int()
    .min(1024)
    .max(1024 * 1024 * 1024)
    .default(1024 * 1024)
    .describe(
      'How many bytes of a stream or a socket may wait for a reader that is slower than its run, before it is cut off.',
    ),
  recheck_interval: durationSeconds({ max: 60 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('1s')
    .describe(
      'How soon a run, a stream or a socket that goes on ends once its credential or its permission has ended. It is asked about twice in this time.',
    ),
});

export type Configuration = z.output<typeof configurationSchema>;
export type AuthConfiguration = NonNullable<Configuration['auth']>[number];
export type AuthorizationConfiguration = NonNullable<Configuration['authorization']>[number];
