import { durationSeconds, isPrintable, reservedUserFields } from '@agentflow/core';
import { z } from 'zod';
import { publicKeyAlgorithms } from '../jwt/algorithms.js';
import { secretFormSchema } from '../secret-form.js';

/** A field of the answer: its name, or a dotted path into it. Several: the first that is present counts. */
const fieldPaths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform((value) => [value].flat());

const claimName = z.string().refine((name) => !reservedUserFields.has(name) && !name.startsWith('_'), {
  error: 'is a name that claims cannot have',
});

const fieldsSchema = z.strictObject({
  subject: fieldPaths.prefault(['user_id', 'sub']).describe('The subject: a text.'),
  roles: fieldPaths.optional().describe('A text or a list of texts. Absent: no roles.'),
  scopes: fieldPaths
    .optional()
    .describe('A list of texts, or one text separated by spaces. Absent: no scopes narrow the principal.'),
  tenant: fieldPaths.optional().describe('The tenant: a text. Absent: the one default tenant.'),
  actor: fieldPaths
    .prefault(['act'])
    .describe(
      'The actor, who acts for the subject: {"sub", "iss"?, "act"?} (RFC 8693 §4.1). Only what both may do is allowed.',
    ),
  claims: z
    .record(claimName, fieldPaths)
    .default({})
    .describe('Further claims for the graph: {"email": "profile.email"}. Others are dropped.'),
  active: fieldPaths
    .optional()
    .describe('This field must be literally true. Absent: a field "active", if there is one, must be true.'),
  expires_at: fieldPaths
    .prefault(['exp'])
    .describe('When the token expires: seconds since 1970, or RFC 3339. The answer may omit it.'),
  issued_at: fieldPaths.prefault(['iat']).describe('When the token was issued, likewise.'),
  token_id: fieldPaths.prefault(['jti']).describe('The id of the token, not secret, by which it can be revoked.'),
});

const claimsSchema = z.strictObject({
  subject: fieldPaths.prefault(['sub']).describe('The subject.'),
  roles: fieldPaths.prefault(['roles', 'role']).describe('A text or a list of texts.'),
  scopes: fieldPaths
    .prefault(['scope', 'scp', 'scopes'])
    .describe('A list of texts, or one text separated by spaces. A token without them is not narrowed.'),
  tenant: fieldPaths.optional().describe('The tenant. Absent: the one default tenant.'),
  actor: fieldPaths
    .prefault(['act'])
    .describe(
      'The actor, who acts for the subject: {"sub", "iss"?, roles?} (RFC 8693 §4.1). Only what both may do is allowed.',
    ),
});

const introspectionSchema = z.strictObject({
  url: z
    .string()
    .min(1)
    .optional()
    .describe('The introspection endpoint. Absent: the one in the metadata of "issuer".'),
  client_id: z.string().min(1).max(255).describe('The client id of this server at the issuer.'),
  client_secret: secretFormSchema.describe('The secret of "client_id": a variable, {"env": …} or {"file": …}.'),
  send_secret: z
    .enum(['basic', 'post'])
    .default('basic')
    .describe('How the secret is sent: as Basic, or in the form (RFC 6749 §2.3.1).'),
});

const statuses = z.array(z.int().min(400).max(499)).min(1);

/* What "absent" means stands with the form that the option is of: one that stands in the file beside another form is a fault. */

/** Tokens that are JWTs of an issuer's, and opaque ones that it is asked about. */
const issuerOptions = {
  issuer: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'The issuer of the tokens: the exact "iss", an https address. Its metadata (OpenID Connect Discovery, RFC 8414) name its keys. It is the realm.',
    ),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe('The value that "aud" must be or contain: the issuer\'s name for this server. With JWTs it must be set.'),
  jwks_uri: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The address of the issuer's keys, if its metadata do not name it or name another origin. The metadata are then not fetched.",
    ),
  type: fieldPaths
    .optional()
    .describe(
      'The "typ" of the header, or a list of those accepted; a header without "typ" passes if "JWT" is among them. Absent: "at+jwt" (RFC 9068).',
    ),
  algorithms: z
    .array(z.enum(publicKeyAlgorithms))
    .min(1)
    .optional()
    .describe(
      'The accepted algorithms. Absent: every algorithm with a public key. Each key verifies only one of them.',
    ),
  claims: claimsSchema.optional().describe('The claims that name the principal, by name or dotted path.'),
  clock_tolerance: durationSeconds({ max: 300 })
    .optional()
    .describe('The accepted difference between clocks, at most 5m. Absent: 5s.'),
  max_lifetime: durationSeconds({}).optional().describe('The longest time between "iat" (or now) and "exp" of a JWT.'),
  key_cache: durationSeconds({ max: 86_400 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .optional()
    .describe(
      'How long keys are used before they are fetched again. A key that the issuer has removed may be used for as long. Absent: 10m.',
    ),
  key_cooldown: durationSeconds({ max: 3600 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .optional()
    .describe('The shortest time between two fetches because of an unknown "kid". Absent: 30s.'),
  max_stale: durationSeconds({ max: 86_400 })
    .optional()
    .describe(
      'How much longer than "key_cache" the keys are used while the provider is unavailable; then 503. Absent: 1h.',
    ),
  fetches_per_minute: z
    .int()
    .min(1)
    .max(60)
    .optional()
    .describe('The maximum number of fetches of keys and metadata per minute. Absent: 5.'),
  introspection: introspectionSchema
    .optional()
    .describe('Asks the issuer about each token (RFC 7662), for tokens that are not JWTs or can be revoked.'),
  resource: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The public address of this server (RFC 9728), for clients that look for its issuers. Absent: "public_url" (or PUBLIC_URL).',
    ),
  scopes_supported: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope: visible ASCII without quotes'))
    .optional()
    .describe(
      'The scopes that such clients are told. Absent: the keys of "scopes", else those of the routes that are served and of what "guard" names.',
    ),
};

const verifyOptions = {
  verify_url: z
    .string()
    .min(1)
    .optional()
    .describe('The endpoint that verifies a token, by POST with {"token": …}. https, or this machine.'),
  token_field: z.string().min(1).optional().describe('The field of the request that holds the token. Absent: "token".'),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe(`Further header fields to send: {"Authorization": "Bearer \${VERIFY_KEY}"}.`),
  fields: fieldsSchema.optional().describe('The fields of the answer that name the principal.'),
  refused_with: statuses
    .optional()
    .describe(
      'The statuses of an answer that mean "a bad token". Absent: 400, 401, 403, 404; with "headers": 400, 404.',
    ),
};

/** What stands under `auth` in the file. One entry has one of three forms; which, its keys say. */
export const oauthAuthOptionsSchema = z
  .strictObject({
    method: z.literal('oauth'),
    ...issuerOptions,
    ...verifyOptions,
    realm: z
      .string()
      .min(1)
      .max(255)
      .refine(isPrintable, { error: 'must not have control characters' })
      .optional()
      .describe('The realm in which subjects are unique, if there is no "issuer". Absent: the origin of the endpoint.'),
    insecure_http: z
      .boolean()
      .default(false)
      .describe('Allows unencrypted requests to another machine, for tokens and for keys.'),
    allow_networks: z
      .array(z.string().min(1))
      .default([])
      .describe('Private addresses to which connections are allowed: ["10.0.0.0/8"].'),
    // As long as a token that was taken back may still be believed.
    cache: durationSeconds({ max: 600 })
      .optional()
      .describe(
        "How long an endpoint's answer about a token is reused, at most 10m and never beyond the token's end. 0: never. Absent: 60s.",
      ),
    // A caller waits for it.
    deadline: durationSeconds({ max: 60 })
      .prefault('5s')
      .describe('How long an answer may take, including its body; then 503.'),
    max_connections: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('About how many tokens may be checked at an endpoint at once; beyond that, 503. Absent: 32.'),
  })
  .refine(
    (options) => [options.issuer, options.introspection, options.verify_url].some((one) => one !== undefined),
    'needs "issuer", "introspection" or "verify_url": who knows its tokens',
  )
  .meta({ anyOf: [{ required: ['issuer'] }, { required: ['introspection'] }, { required: ['verify_url'] }] });

export type OAuthAuthOptions = z.output<typeof oauthAuthOptionsSchema>;

/** What every form has. */
type CommonOptions = Pick<OAuthAuthOptions, 'insecure_http' | 'allow_networks' | 'deadline'>;

/** What both forms have that ask about each token, with their defaults. */
interface AskingOptions {
  readonly cache: number;
  readonly max_connections: number;
}

export interface VerifyOptions extends CommonOptions, AskingOptions {
  readonly verify_url: string;
  readonly token_field: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: z.output<typeof fieldsSchema>;
  readonly refused_with: readonly number[] | undefined;
  readonly realm: string | undefined;
}

interface FetchingOptions extends CommonOptions {
  readonly claims: z.output<typeof claimsSchema>;
  readonly clock_tolerance: number;
  readonly key_cache: number;
  readonly key_cooldown: number;
  readonly max_stale: number;
  readonly fetches_per_minute: number;
}

export interface IssuerOptions extends FetchingOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks_uri: string | undefined;
  readonly type: readonly string[];
  readonly algorithms: OAuthAuthOptions['algorithms'];
  readonly max_lifetime: number | undefined;
}

export interface IntrospectionOptions extends FetchingOptions, AskingOptions {
  readonly introspection: z.output<typeof introspectionSchema>;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
  readonly realm: string | undefined;
}

export function fillVerifyOptions(options: OAuthAuthOptions, verifyUrl: string): VerifyOptions {
  const { token_field = 'token', headers = {}, fields = fieldsSchema.parse({}), refused_with, realm } = options;
  return { ...fillAsking(options), verify_url: verifyUrl, token_field, headers, fields, refused_with, realm };
}

export function fillIssuerOptions(options: OAuthAuthOptions, issuer: string, audience: string): IssuerOptions {
  const { jwks_uri, type = ['at+jwt'], algorithms, max_lifetime } = options;
  return { ...fillFetching(options), issuer, audience, jwks_uri, type, algorithms, max_lifetime };
}

export function fillIntrospectionOptions(
  options: OAuthAuthOptions,
  introspection: IntrospectionOptions['introspection'],
): IntrospectionOptions {
  const { issuer, audience, realm } = options;
  return { ...fillFetching(options), ...fillAsking(options), introspection, issuer, audience, realm };
}

function fillAsking(options: OAuthAuthOptions): CommonOptions & AskingOptions {
  const { insecure_http, allow_networks, deadline, cache = 60, max_connections = 32 } = options;
  return { insecure_http, allow_networks, deadline, cache, max_connections };
}

function fillFetching(options: OAuthAuthOptions): FetchingOptions {
  const { insecure_http, allow_networks, deadline, claims = claimsSchema.parse({}), clock_tolerance = 5 } = options;
  const { key_cache = 600, key_cooldown = 30, max_stale = 3600, fetches_per_minute = 5 } = options;
  return {
    ...{ insecure_http, allow_networks, deadline, claims, clock_tolerance },
    ...{ key_cache, key_cooldown, max_stale, fetches_per_minute },
  };
}
