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
        'The rules: a CSV file, "policy.csv"; or "database" for rules that are kept in the database and changed while the server runs.',
      ),
    seed: z
      .string()
      .min(1)
      .optional()
      .describe('With "policy": "database": a CSV file with the first rules of a database that never had any.'),
    invariants: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Invariants that every policy must satisfy: a JSON file, "policy.invariants.json". A policy that breaks one is refused.',
      ),
    operator_tenant: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The one tenant whose principals may see the policy, and change it in the database, if the policy permits; the policy applies to all tenants. Absent: the default tenant.',
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
        'How old the policy in force may be at most. Files are checked three times in this interval; a change is read when two checks in a row see the same file.',
      ),
    // Long enough for somebody to be called and mend it; short enough that nobody who was locked out stays in for a night.
    max_staleness: durationSeconds({ max: 7 * 86_400 })
      .prefault('1h')
      .describe(
        'How long the last good policy decides while the files cannot be loaded or the database does not answer. After that, every request and "/ready" get 503 until a policy can be loaded. At least three times "reload_interval".',
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
