import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** What stands under `authorization` in the file. A bare path is `{"method": "custom", "path": …}`. */
export const customAuthorizationOptionsSchema = z.strictObject({
  method: z.literal('custom'),
  path: z.string().min(1).describe('"graph/auth.ts:RoleBasedAuthorization", "graph.auth:Name", or "package:Name".'),
  // It is asked for every request, and more than once for some.
  deadline: durationSeconds({ max: 60 })
    .prefault('2s')
    .describe('How long an answer may take; then the request is refused with 503.'),
});

export type CustomAuthorizationOptions = z.output<typeof customAuthorizationOptionsSchema>;
