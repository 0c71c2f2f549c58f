import { z } from 'zod';

/** OWASP's cheat sheet on storing passwords, and ASVS 5.0 appendix C: each pair is as hard as the others. In KiB, by passes. */
const floors = [
  { passes: 1, memory: 47_104 },
  { passes: 2, memory: 19_456 },
  { passes: 3, memory: 12_288 },
] as const;

export const passwordOptionsSchema = z
  .strictObject({
    memory: z
      .number()
      .int()
      .min(1024)
      .max(4 * 1024 * 1024)
      .default(19_456)
      .describe('Memory of argon2id, in KiB: at least 47104 with one pass, 19456 with two, 12288 with three or more.'),
    passes: z.number().int().min(1).max(100).default(2).describe('Passes of argon2id.'),
    lanes: z.number().int().min(1).max(16).default(1).describe('Lanes of argon2id.'),
    min_length: z
      .number()
      .int()
      .min(8)
      .max(64)
      .default(8)
      .describe('The minimum length of a new password, in characters.'),
    concurrency: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe(
        "How many passwords are hashed at once. Each hash takes one thread of the process's shared pool, and the memory above.",
      ),
    max_waiting: z
      .number()
      .int()
      .min(0)
      .max(10_000)
      .default(50)
      .describe('How many sign-ins may wait for a hash; further ones are refused with 503.'),
  })
  .refine(({ memory, passes }) => memory >= floorOf(passes), {
    path: ['memory'],
    error: 'is too little for so few passes: at least 19456 with 2, 47104 with 1, 12288 with 3 or more',
  });

export type PasswordOptions = z.output<typeof passwordOptionsSchema>;

function floorOf(passes: number): number {
  return (floors.find((one) => one.passes === passes) ?? floors[2]).memory;
}
