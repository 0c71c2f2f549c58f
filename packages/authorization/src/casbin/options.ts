import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** What stands under `authorization` in the file. Paths start at the folder of the configuration. */
export const casbinAuthorizationOptionsSchema = z.strictObject({
  method: z.literal('casbin'),
  policy: z.string().min(1).describe('The rules: a CSV file, "policy.csv".'),
  model: z
    .string()
    .min(1)
    .optional()
    .describe('A Casbin model, "model.conf". Absent: roles, resources and actions, where deny beats allow.'),
  // Without an index a decision looks at every rule: casbin takes about 2 µs for each, and nobody else is served meanwhile.
  max_rules: z.int().min(1).max(100_000).default(5_000).describe('More rules than this are refused.'),
  reload_interval: durationSeconds({ max: 3600 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('1s')
    .describe('How often the files are looked at. A change is read once it has stood still for as long.'),
});

export type CasbinAuthorizationOptions = z.output<typeof casbinAuthorizationOptionsSchema>;
