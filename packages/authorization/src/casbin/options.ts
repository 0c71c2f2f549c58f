import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** What stands under `authorization` in the file. Paths start at the folder of the configuration. */
export const casbinAuthorizationOptionsSchema = z
  .strictObject({
    method: z.literal('casbin'),
    policy: z
      .string()
      .min(1)
      .describe(
        'The rules: a CSV file, "policy.csv"; or "database": the rules are kept there, and changed while the server runs.',
      ),
    seed: z
      .string()
      .min(1)
      .optional()
      .describe('With "policy": "database": a CSV file, whose rules a database that never had any begins with.'),
    invariants: z
      .string()
      .min(1)
      .optional()
      .describe(
        'What must hold whatever the rules are: a JSON file, "policy.invariants.json". No policy that breaks one is put in force.',
      ),
    operator_tenant: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The one tenant whose principals may see the policy, and change one in the database, if it lets them: it is of all tenants. Absent: the default one.',
      ),
    model: z
      .string()
      .min(1)
      .optional()
      .describe('A Casbin model, "model.conf". Absent: roles, resources and actions, where deny beats allow.'),
    // So many are read in about a second and take about 150 MB; what a decision costs does not depend on them.
    max_rules: z.int().min(1).max(200_000).default(100_000).describe('More lines than this are refused.'),
    reload_interval: durationSeconds({ max: 3600 })
      .refine((seconds) => seconds > 0, 'must be longer than 0s')
      .prefault('1s')
      .describe(
        'How old what decides may be at most: files are looked at three times within it, and a change is read once it has stood still between two looks.',
      ),
    // Long enough for somebody to be called and mend it; short enough that nobody who was locked out stays in for a night.
    max_staleness: durationSeconds({ max: 7 * 86_400 })
      .prefault('1h')
      .describe(
        'How long the last good policy decides while the files hold one that cannot be loaded, or the database does not answer. After that every request is refused with 503, and "/ready" answers 503, until that is over. At least three times "reload_interval".',
      ),
  })
  .refine(({ policy, seed }) => seed === undefined || isInDatabase({ policy }), {
    path: ['seed'],
    error: 'is for "policy": "database" alone: a file holds its rules itself',
  })
  // A change is loaded with the second look. Whoever saves twice needs a third.
  .refine(({ reload_interval, max_staleness }) => max_staleness >= 3 * reload_interval, {
    path: ['max_staleness'],
    error: 'must be at least three times "reload_interval": else a good change is too old before it is read',
  });

/** A file of that name is "./database". */
export function isInDatabase({ policy }: { readonly policy: string }): boolean {
  return policy === 'database';
}

export type CasbinAuthorizationOptions = z.output<typeof casbinAuthorizationOptionsSchema>;
