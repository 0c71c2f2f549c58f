import { z } from 'zod';

/** What stands under `authorization` in the file. */
export const ownershipAuthorizationOptionsSchema = z.strictObject({
  method: z.literal('ownership'),
  administrator_role: z
    .string()
    .min(1)
    .optional()
    .describe('The role that has every permission and sees all threads of its tenant. Absent: nobody.'),
  isolation: z
    .enum(['owner', 'none'])
    .optional()
    .describe('"none" shows everybody all threads of their tenant, and is announced at start. Absent: "owner".'),
});

export type OwnershipAuthorizationOptions = z.output<typeof ownershipAuthorizationOptionsSchema>;
