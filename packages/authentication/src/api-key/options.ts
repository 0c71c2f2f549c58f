import { isJsonValue, isPrintable, reservedUserFields } from '@agentflow/core';
import type { JsonValue } from '@agentflow/protocol';
import { z } from 'zod';
import { secretFormSchema } from '../secret-form.js';
import { issuedOptionsSchema } from './issued/options.js';

const identifier = z.string().min(1).max(255).refine(isPrintable, { error: 'must not have control characters' });

/** Who a claim says somebody is, is said by other keys. */
const claimName = z.string().refine((name) => !reservedUserFields.has(name) && !name.startsWith('_'), {
  error: 'is a name that claims cannot have',
});

/** Whom a header field can name: printable ASCII without a comma, by which proxies join fields, and without outer spaces. */
const nameable = /^[\x21-\x2b\x2d-\x7e](?:[\x20-\x2b\x2d-\x7e]{0,253}[\x21-\x2b\x2d-\x7e])?$/;

export function isNameable(subject: string): boolean {
  return nameable.test(subject);
}

const nameableSchema = z
  .string()
  .refine(isNameable, { error: 'must be up to 255 visible ASCII characters or spaces, without a comma' });

const keySchema = z.strictObject({
  id: identifier.max(128).describe('Names the key in the audit trail; not secret.'),
  key: secretFormSchema.describe('The key itself: from a variable, {"env": NAME} or {"file": …}.'),
  subject: identifier.describe('The principal whose key it is.'),
  roles: z.array(identifier).optional().describe('The roles of the principal.'),
  scopes: z
    .array(identifier)
    .optional()
    .describe('The scopes that narrow its permissions. Absent: they are not narrowed.'),
  tenant: identifier.optional().describe('The tenant of the principal.'),
  acts_for: z
    .union([z.literal('any'), z.array(nameableSchema).min(1)])
    .optional()
    .describe(
      'The users for whom it may act: "any", or a list of subjects of its tenant; a request names one in X-Act-For. Only what both may do is allowed. Absent: nobody.',
    ),
  expires_at: z.iso.datetime({ offset: true }).optional().describe('When the key expires: "2030-01-31T00:00:00Z".'),
  claims: z
    .record(
      claimName,
      z.custom<JsonValue>((value) => isJsonValue(value)),
    )
    .optional()
    .describe('Further claims about the principal: {"email": …}.'),
});

/** A list of keys, in the configuration or in a file of its own. */
export const keyListSchema = z.array(keySchema).min(1);

export type DeclaredKey = z.output<typeof keySchema>;

/** Header fields that mean something else, or that a proxy on the way may change. */
const takenHeaders =
  /^(?:authorization|proxy-.*|cookie|host|origin|content-.*|transfer-encoding|connection|forwarded|x-forwarded-.*|x-act-for)$/i;

/** What stands under `auth` in the file. Every key is optional: `"auth": "api_key"` takes the keys of the environment. */
export const apiKeyAuthOptionsSchema = z.strictObject({
  method: z.literal('api_key'),
  header: z
    .string()
    // RFC 9110 §5.1
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'must be the name of a header field')
    .refine((name) => !takenHeaders.test(name), { error: 'must be a header field of its own; see "bearer"' })
    .default('X-API-Key')
    .describe('The header field with the key.'),
  bearer: z
    .boolean()
    .default(false)
    .describe('Also takes a key as "Authorization: Bearer" or "Authorization: ApiKey".'),
  keys: keyListSchema
    .optional()
    .describe('The keys. Without these and "file": API_KEY, INTERNAL_API_KEY, VALID_API_KEYS (or …_FILE).'),
  file: z
    .string()
    .min(1)
    .optional()
    .describe('A JSON file with a list like "keys", which may hold the keys themselves.'),
  issued: issuedOptionsSchema
    .optional()
    .describe('Whether callers may create their own keys, at "/v1/api-keys". Absent: they may not.'),
});

export type ApiKeyAuthOptions = z.output<typeof apiKeyAuthOptionsSchema>;

/** Fewer can be tried out. In characters, which are bytes here. */
export const minKeyLength = 16;

/** A longer text is no key of ours, and is not even hashed. */
export const maxKeyLength = 512;
