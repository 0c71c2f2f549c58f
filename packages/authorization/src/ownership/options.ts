import { z } from 'zod';

/** What stands under `authorization` in the file. */
export const ownershipAuthorizationOptionsSchema = z.strictObject({
  method: z.literal('ownership').default('ownership'),
});

export type OwnershipAuthorizationOptions = z.output<typeof ownershipAuthorizationOptionsSchema> & {
  /** The role that may also repair threads and administer. Only the server without authentication names one. */
  readonly administratorRole?: string;
};
