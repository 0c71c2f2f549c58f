import { isPrintable, reservedUserFields } from '@agentflow/core';
import { z } from 'zod';
import { secretFormSchema } from '../secret-form.js';

const text = z.string().min(1).max(255).refine(isPrintable, { error: 'must not have control characters' });

/** A name of the ID token, or a dotted path into it. */
const claimPath = text;

const claimName = text.refine((name) => !reservedUserFields.has(name) && !name.startsWith('_'), {
  error: 'is a name that claims cannot have',
});

const rolesSchema = z.union([
  z.array(text),
  z.strictObject({
    claim: claimPath.describe('The claim whose values, a text or a list of texts, give roles.'),
    map: z
      .record(z.string().min(1), z.array(text))
      .describe('Which roles a value gives: {"staff": ["editor"]}. Any other value gives none.'),
    always: z.array(text).default([]).describe('The roles of everybody who signs in.'),
  }),
]);

const allowSchema = z
  .strictObject({
    domains: z
      .array(
        text.refine((domain) => !domain.includes('@'), {
          error: 'must be a domain such as "example.com", without "@"',
        }),
      )
      .min(1)
      .optional()
      .describe(
        'Accounts whose e-mail address, verified by the provider, is at one of these domains; with Google, accounts whose "hd" is one of them.',
      ),
    emails: z.array(text).min(1).optional().describe('Accounts whose verified e-mail address is one of these.'),
    claims: z
      .record(claimPath, z.array(text).min(1))
      .optional()
      .describe('Accounts with a claim that is, or contains, one of these values: {"groups": ["staff"]}.'),
  })
  .refine(({ domains, emails, claims }) => domains !== undefined || emails !== undefined || claims !== undefined, {
    error: 'must name somebody',
  });

const providerSchema = z.strictObject({
  issuer: z
    .string()
    .min(1)
    .describe(
      'The provider\'s address, under which it serves "/.well-known/openid-configuration"; https, or this machine.',
    ),
  client_id: text.describe('The client id that the provider gave this server.'),
  client_secret: secretFormSchema
    .optional()
    .describe(
      'The secret that the provider issued with this client id: {"env": NAME} or {"file": …}. Absent: a public client, with PKCE alone.',
    ),
  insecure_http: z.boolean().default(false).describe('Allows unencrypted requests to another machine.'),
  allow_networks: z
    .array(z.string().min(1))
    .default([])
    .describe('Private addresses to which connections are allowed: ["10.0.0.0/8"].'),
  title: text.optional().describe("The label of the sign-in button. Absent: the provider's name."),
  scopes: z
    .array(text)
    .min(1)
    .default(['openid', 'profile', 'email'])
    .refine((scopes) => scopes.includes('openid'), { error: 'must have "openid"' })
    .describe('The scopes to request.'),
  roles: rolesSchema
    .default([])
    .describe('The roles of people who sign in: a list for everybody, or {"claim", "map", "always"}. Absent: none.'),
  tenant: claimPath.optional().describe('The claim that is the tenant: a text. Absent: the one default tenant.'),
  claims: z
    .record(claimName, claimPath)
    .default({})
    .describe('Further claims for the graph: {"email": "email"}. Others are dropped.'),
  allow: allowSchema
    .optional()
    .describe(
      'Who may sign in: accounts that match one of these. Absent: everybody who has an account with the provider.',
    ),
  device: z
    .boolean()
    .default(false)
    .describe(
      'Whether "agentflow login" may sign in with this provider, by a code that is typed in on another device (RFC 8628).',
    ),
});

/** What stands under `providers`, by the names that are part of their addresses. */
export const providersSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be lower-case letters, digits and hyphens, at most 32'),
  providerSchema,
);

export type ProviderOptions = z.output<typeof providerSchema>;
export type ProvidersOptions = z.output<typeof providersSchema>;
