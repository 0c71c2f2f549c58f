import { durationSeconds, isPrintable, reservedUserFields } from '@agentflow/core';
import { z } from 'zod';

/** A field of the answer: its name, or a dotted path into it. Several: the first that is present counts. */
const fieldPaths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).transform((value) => [value].flat());

const claimName = z.string().refine((name) => !reservedUserFields.has(name) && !name.startsWith('_'), {
  error: 'is a name that claims cannot have',
});

const fieldsSchema = z.strictObject({
  subject: fieldPaths.prefault(['user_id', 'sub']).describe('Who it is: a text.'),
  roles: fieldPaths.optional().describe('A text or a list of texts. Absent: no roles.'),
  scopes: fieldPaths.optional().describe('A list of texts, or one text parted by spaces. Absent: no bound.'),
  tenant: fieldPaths.optional().describe('The customer: a text. Absent: the one default tenant.'),
  actor: fieldPaths
    .prefault(['act'])
    .describe('Who acts for the subject: {"sub", "iss"?, "act"?} (RFC 8693 §4.1). What both may is what may be done.'),
  claims: z
    .record(claimName, fieldPaths)
    .default({})
    .describe('What else the graph may know: {"email": "profile.email"}. Nothing comes in unnamed.'),
  active: fieldPaths
    .optional()
    .describe('Must be literally true. Absent: a field "active" must be true where there is one.'),
  expires_at: fieldPaths
    .prefault(['exp'])
    .describe('When the token ends: seconds since 1970, or RFC 3339. May be missing from the answer.'),
  issued_at: fieldPaths.prefault(['iat']).describe('When it was issued, likewise.'),
  token_id: fieldPaths.prefault(['jti']).describe('Names the token and is not secret; by it a token is taken back.'),
});

const statuses = z.array(z.int().min(400).max(499)).min(1);

/** What stands under `auth` in the file. */
export const oauthAuthOptionsSchema = z.strictObject({
  method: z.literal('oauth'),
  verify_url: z.string().min(1).describe('Where a token is verified: POST with {"token": …}. https, or this machine.'),
  insecure_http: z.boolean().default(false).describe('Sends tokens to another machine in the clear.'),
  token_field: z.string().min(1).default('token').describe('The name of the token in what is sent.'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe(`Further header fields to send: {"Authorization": "Bearer \${VERIFY_KEY}"}.`),
  fields: fieldsSchema.prefault({}).describe('Where in the answer it says who somebody is.'),
  refused_with: statuses
    .optional()
    .describe('The statuses that mean "a bad token". Absent: 400, 401, 403, 404; with "headers": 400, 404.'),
  realm: z
    .string()
    .min(1)
    .max(255)
    .refine(isPrintable, { error: 'must not have control characters' })
    .optional()
    .describe('In which subjects are unique. Absent: the origin of verify_url.'),
  // As long as a token that was taken back may still be believed.
  cache: durationSeconds({ max: 600 })
    .prefault('60s')
    .describe('How long an answer is believed, at most 10m. 0: never.'),
  // A caller waits for it.
  deadline: durationSeconds({ max: 60 })
    .prefault('5s')
    .describe('How long an answer may take, body and all; then 503.'),
  max_connections: z.int().min(1).max(1000).default(32).describe('How many tokens are verified at once; further: 503.'),
});

export type OAuthAuthOptions = z.output<typeof oauthAuthOptionsSchema>;

/** A longer token is refused unasked: no header field of ours needs as much. */
export const maxTokenLength = 8192;

/** More than anybody says about one token. In bytes. */
export const maxAnswerBytes = 64 * 1024;

/** Tokens that are remembered, of each kind. Good and bad ones apart, so that no flood of bad ones pushes out good ones. */
export const maxRememberedTokens = 10_000;

/** A token that has just been refused is not asked about again. In milliseconds. */
export const refusalMilliseconds = 5_000;
