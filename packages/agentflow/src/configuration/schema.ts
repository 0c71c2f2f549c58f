import {
  apiKeyAuthOptionsSchema,
  basicAuthOptionsSchema,
  customAuthOptionsSchema,
  jwtAuthOptionsSchema,
  loginAuthOptionsSchema,
  oauthAuthOptionsSchema,
  webhooksSchema,
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
import { rateLimitSchema, redisSchema } from './limits-schema.js';

export const authSchema = z.preprocess(
  readAuthSpelling,
  z.discriminatedUnion('method', [
    jwtAuthOptionsSchema,
    apiKeyAuthOptionsSchema,
    oauthAuthOptionsSchema,
    loginAuthOptionsSchema,
    basicAuthOptionsSchema,
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
      schema: z.string().min(1).max(63).optional().describe('The schema of agentflow\'s tables. Absent: "agentflow".'),
      max_connections: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .optional()
        .describe(
          'Maximum connections of this process for requests. Up to three more listen for changes by other processes. Absent: 10.',
        ),
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
        .describe('The header field in which they name the client. Absent: X-Forwarded-For.'),
    }),
  )
  .meta({ shorthands: [{ type: 'array', items: { type: 'string', minLength: 1 } }] });

const corsSchema = z.strictObject({
  origins: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'The origins whose pages may call: "https://app.example.com". Absent: all of them in development, none in production.',
    ),
  credentials: z.boolean().optional().describe('Whether browsers send cookies and other credentials. Absent: no.'),
  methods: z
    .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE']))
    .min(1)
    .optional()
    .describe('The methods that pages may use. Absent: all in this list.'),
  headers: z
    .array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'must be the name of a header field'))
    .optional()
    .describe('Further request header fields that pages may set, beside those that agentflow needs.'),
  max_age: durationSeconds({ max: 86_400 })
    .optional()
    .describe('How long a browser may cache the answer to a preflight request. Absent: 10 minutes.'),
});

const kibibyte = 1024;
const gibibyte = kibibyte ** 3;

const filesSchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The folder of the uploaded files, relative to this file. Processes that share a database must share this folder. Absent: ".agentflow/files".',
    ),
  max_size: byteSize({ min: kibibyte, max: gibibyte })
    .prefault('25MB')
    .describe('The largest size of one file; a bare number is megabytes.'),
  quota: byteSize({ min: kibibyte, max: kibibyte * gibibyte })
    .prefault('1GB')
    .describe("The largest total size of one principal's files."),
  types: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'The accepted media types, recognised by the content. Absent: usual images, sound and video, PDF, plain text, Markdown, CSV and JSON.',
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
    .describe('How many may be open at once in this process. 0: no limit.'),
  max_connections_per_user: z
    .number()
    .int()
    .min(0)
    .default(10)
    .describe('How many one principal may have open at once. 0: no limit.'),
  ping_interval: durationSeconds({ max: 3600 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('30s')
    .describe('How often a client is pinged. A client that does not answer within this time is disconnected.'),
  idle_timeout: durationSeconds({ max: 86_400 })
    .prefault('10m')
    .describe('How long a client may be silent while it has no run in progress. 0s: no limit.'),
  insecure_token_in_query: z
    .boolean()
    .default(false)
    .describe(
      'Whether a WebSocket may be opened with "?token=". Beware: other programs keep addresses in their logs and histories.',
    ),
});

const empty = z.null().transform(() => undefined);

/** The one file that decides. Every key but `agent` may be left out. */
export const configurationSchema = z.strictObject({
  $schema: z.string().optional().describe('The JSON Schema of this file, for editors.'),
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
      'Whether each use of a node or a tool needs the permission "use" on it, from "authorization" and from scopes. Absent: whoever may run the graph may use all of its nodes and tools.',
    ),
  remote_tools: z
    .array(
      z.strictObject({ node: remoteToolNode.describe('The node for which the tool is meant.'), ...remoteToolFields }),
    )
    .max(maxRemoteTools)
    .refine((tools) => firstDoubled(tools) === undefined, 'must not have two tools of one name for one node')
    .optional()
    .describe(
      'Client-side tools, offered to everyone who runs the graph. The graph binds them by remoteTools(config).',
    ),
  scopes: z
    .record(z.string().min(1), z.array(z.string()))
    .optional()
    .describe(
      'What the scopes of another vocabulary mean here, as permissions: {"workflow:trigger": ["graph:invoke"]}.',
    ),
  env: z
    .string()
    .min(1)
    .nullish()
    .describe('A file of variables, relative to this one. Absent: ".env" if it is there.'),
  database: databaseSchema
    .optional()
    .describe('PostgreSQL. Absent: DATABASE_URL, else an embedded database in ".agentflow/" beside this file.'),
  redis: redisSchema
    .nullish()
    .describe(
      'Redis, for rate-limit counters that several processes share. Absent: REDIS_URL, else each process counts for itself.',
    ),
  rate_limit: rateLimitSchema
    .nullish()
    .describe('Rate limits. If absent, the defaults below apply; without "auth" there is no limit.'),
  files: filesSchema.prefault({}).describe('Uploads: limits, types, and where the files are kept.'),
  public_url: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The public address of this server: "https://agents.example.com". Absent: PUBLIC_URL, else the listening address if it is on this machine.',
    ),
  trusted_proxies: trustedProxiesSchema
    .optional()
    .describe("Reverse proxies that are trusted to report the client's address. Absent: TRUSTED_PROXIES, else none."),
  insecure_trust_all_proxies: z
    .boolean()
    .default(false)
    .describe("Trusts every connection to report the client's address."),
  cors: corsSchema
    .optional()
    .describe(
      'Which web pages of other origins may call. Absent: CORS_ORIGINS, else all in development and none in production.',
    ),
  websocket: z
    .union([empty, websocketSchema])
    .optional()
    .describe('WebSockets, at "/v1/graph/ws". If absent, each option below has its default.'),
  webhooks: webhooksSchema
    .optional()
    .describe('Services that start runs by signed requests to "/v1/webhooks/NAME". Absent: none.'),
  shutdown_grace: durationSeconds({ max: 300 })
    .prefault('10s')
    .describe('How long requests in progress may take to finish when the server stops.'),
  thread_wait: durationSeconds({ max: 300 })
    .prefault('30s')
    .describe('How long a run waits for its thread before it is refused with 409.'),
  stream_buffer: z
    .number()
    .int()
    .min(1024)
    .max(1024 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('How many bytes of a stream or a socket may wait for a slow reader before the reader is disconnected.'),
  recheck_interval: durationSeconds({ max: 60 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('1s')
    .describe(
      'How soon a run, a stream or a socket ends after its credential or its permission has ended. Both are checked twice in this time.',
    ),
});

export type Configuration = z.output<typeof configurationSchema>;
export type AuthConfiguration = NonNullable<Configuration['auth']>[number];
export type AuthorizationConfiguration = NonNullable<Configuration['authorization']>[number];
