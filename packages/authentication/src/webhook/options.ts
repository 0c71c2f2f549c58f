import { byteSize, isPrintable } from '@agentflow/core';
import { z } from 'zod';
import { secretFormSchema } from '../secret-form.js';
import { isJsonPointer } from './json-pointer.js';
import { placesIn } from './read-payload.js';

const identifier = z.string().min(1).max(255).refine(isPrintable, { error: 'must not have control characters' });

const pointer = z.string().refine(isJsonPointer, { error: 'must be a JSON Pointer such as "/issue/title" (RFC 6901)' });

const kibibyte = 1024;

/** For rotation: those of yesterday, today, and what else a service signs with. */
const maxSecrets = 4;

const hookSchema = z.strictObject({
  secret: z
    .union([secretFormSchema, z.array(secretFormSchema).min(1).max(maxSecrets)])
    .describe(
      'The signing secret: {"env": NAME} or {"file": …}; "whsec_…" is base64, any other text is the key itself. Give several while you replace one.',
    ),
  format: z
    .enum(['standard', 'github'])
    .default('standard')
    .describe(
      'How the service signs: "standard" for Standard Webhooks, "github" for X-Hub-Signature-256, which signs no time.',
    ),
  roles: z.array(identifier).optional().describe("The roles of the webhook's principal, webhook:NAME. Absent: none."),
  scopes: z
    .array(identifier)
    .default(['graph:invoke'])
    .describe('The scopes that narrow what its run may use. Absent: it may only run the graph.'),
  tenant: identifier.optional().describe('The tenant of its principal and its threads.'),
  thread: z
    .union([identifier, z.strictObject({ pointer })])
    .optional()
    .describe(
      'The thread of its runs: one name for all, or {"pointer": "/issue/number"} for a value in the payload. Absent: a new thread for each run.',
    ),
  input: z
    .string()
    .min(1)
    .refine((text) => placesIn(text).every(isJsonPointer), {
      error: ({ input }) => {
        const [wrong = ''] = placesIn(String(input)).filter((named) => !isJsonPointer(named));
        const meant = wrong.trim().replace(/^\//, '');
        const rule = 'names a place that is no JSON Pointer such as "/issue/title" (RFC 6901)';
        const isNear = isJsonPointer(`/${meant}`);
        return isNear ? `${rule}: write {{/${meant}}} for {{${wrong}}}` : rule;
      },
    })
    .optional()
    .describe(
      'The user message for the graph: {{/issue/title}} is replaced by that value of the payload, {{}} by the whole payload. Absent: the payload.',
    ),
  wait: z
    .boolean()
    .default(false)
    .describe(
      'Whether the answer waits for the end of the run, so that the service sends a failed delivery again. Absent: the answer comes as soon as the run has begun.',
    ),
  max_body: byteSize({ min: kibibyte, max: 10 * kibibyte * kibibyte })
    .prefault('256KB')
    .describe('The largest body of a request.'),
});

/** What stands under `webhooks` in the file, by name. */
export const webhooksSchema = z.record(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, "_" and "-"'),
  hookSchema,
);

export type HookOptions = z.output<typeof hookSchema>;
export type WebhooksOptions = z.output<typeof webhooksSchema>;
