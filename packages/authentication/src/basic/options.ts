import { isPrintable } from '@agentflow/core';
import { z } from 'zod';
import { secretFormSchema } from '../secret-form.js';

const identifier = z.string().min(1).max(255).refine(isPrintable, { error: 'must not have control characters' });

/** What stands under `auth` in the file. `"auth": "basic"` asks the users of this server. */
export const basicAuthOptionsSchema = z.strictObject({
  method: z.literal('basic'),
  username: identifier
    // RFC 7617 §2
    .refine((name) => !name.includes(':'), { error: 'must not have a colon' })
    .optional()
    .describe(
      'The user name for the password in the file. Absent: the users of this server, each with their own password.',
    ),
  password: secretFormSchema
    .optional()
    .describe('The password of "username": {"env": NAME} or {"file": …}. It must be as long as a key.'),
  roles: z.array(identifier).optional().describe('The roles of "username".'),
  scopes: z
    .array(identifier)
    .optional()
    .describe('The scopes that narrow its permissions. Absent: they are not narrowed.'),
});

export type BasicAuthOptions = z.output<typeof basicAuthOptionsSchema>;
