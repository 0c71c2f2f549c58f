import { z } from 'zod';

/** What stands under `authorization` in the file: nothing but the word that says what it does. */
export const insecureAllowAllAuthorizationOptionsSchema = z.strictObject({
  method: z.literal('insecure-allow-all').describe('Everybody who is authenticated may do everything.'),
});
