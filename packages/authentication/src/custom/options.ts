import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** What stands under `auth` in the file. */
export const customAuthOptionsSchema = z.strictObject({
  method: z.literal('custom'),
  path: z.string().min(1).describe('"graph/auth.ts:ApiKeyAuth", "graph.auth:ApiKeyAuth", or "package:Name".'),
  // A caller waits for it, and so does everybody in the queue behind: long enough for a slow provider, and no longer.
  deadline: durationSeconds({ max: 60 })
    .prefault('5s')
    .describe('How long an answer may take; then the request is refused with 503.'),
});

export type CustomAuthOptions = z.output<typeof customAuthOptionsSchema>;
