import { durationSeconds } from '@agentflow/core';
import { z } from 'zod';

/** A text is short for `{"url": …}`. */
export const redisSchema = z
  .preprocess(
    (value) => (typeof value === 'string' ? { url: value } : value),
    z.strictObject({
      url: z.string().min(1).describe('"redis://user:password@host:6379/0"; "rediss:" over TLS.'),
      prefix: z
        .string()
        .min(1)
        .max(64)
        .optional()
        .describe('The prefix of agentflow\'s keys in Redis. Absent: "agentflow:rate-limit:".'),
      deadline: durationSeconds({ max: 5 })
        .refine((seconds) => seconds > 0, 'must be longer than 0s')
        .optional()
        .describe(
          'How long a request waits for Redis before this process counts by itself, as a number of seconds. Absent: 0.03, which is 30 milliseconds; a slow network needs more.',
        ),
    }),
  )
  .meta({ shorthands: [{ type: 'string', minLength: 1 }] });

const most = 10_000_000;

/** Of one principal, at once. */
export const mostRuns = 1_000_000;

const perMinute = z.number().int().min(1).max(most);
const burst = z.number().int().min(1).max(1_000_000);

const rateFields = {
  requests_per_minute: perMinute.optional().describe('The sustained rate. Absent: 60.'),
  burst: burst.optional().describe('How many requests may arrive together. Absent: a sixth of "requests_per_minute".'),
};

/** Of an address, or of a route: both numbers in its own right. */
const rateSchema = z.strictObject(rateFields);

const signInSchema = z.strictObject({
  attempts: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('How many attempts may fail together, for one account from one address. Absent: 10.'),
  interval: durationSeconds({ max: 86_400 })
    .refine((seconds) => seconds > 0, 'must be longer than 0s')
    .prefault('1m')
    .describe('How long until one more attempt is allowed.'),
});

const rateLimitObject = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe('false: requests are not limited. Failed attempts to sign in still are.'),
    ...rateFields,
    requests: perMinute.optional().describe('AgentFlow\'s spelling: how many requests are allowed per "window".'),
    window: z
      .number()
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe("AgentFlow's spelling: the window in seconds. Absent: 60."),
    by: z
      .enum(['user', 'ip', 'global'])
      .default('user')
      .describe(
        'What the numbers above apply to: each credential and each principal ("user"), each address ("ip"), or all requests together ("global"). With "user", an address has ten times as many.',
      ),
    address: rateSchema
      .optional()
      .describe('Limits for one IPv4 address or one IPv6 /64 network, replacing those that "by" implies.'),
    routes: z
      .record(z.string().min(1), rateSchema)
      .optional()
      .describe(
        'Additional limits for a route, by its name or its permission: {"graph:invoke": {"requests_per_minute": 10}}.',
      ),
    concurrent_runs: z
      .number()
      .int()
      .min(0)
      .max(mostRuns)
      .optional()
      .describe(
        'How many runs one principal may have in progress at once in one process, including runs that wait for a thread. 0: no limit; nor is there one without "auth". Absent: 50.',
      ),
    sign_in: signInSchema.prefault({}).describe('Limits for failed attempts to sign in.'),
    backend: z
      .enum(['memory', 'redis'])
      .optional()
      .describe(
        'Where requests are counted: in each process, or in Redis for all processes. Absent: in Redis if "redis" is configured.',
      ),
    redis: redisSchema.optional().describe('The same as the top-level "redis".'),
    exclude_paths: z
      .array(z.string().startsWith('/'))
      .default([])
      .describe('Exact paths whose requests are not counted.'),
    trusted_proxy_headers: z
      .boolean()
      .refine((value) => !value, 'must be false, or absent: "trusted_proxies" says who is believed about an address')
      .optional()
      .describe('AgentFlow\'s key, which may only be false. Use the top-level "trusted_proxies" instead.'),
    fail_open: z
      .boolean()
      .default(false)
      .describe(
        'While Redis is unavailable, each process counts by itself: with half of the limits, or, if true, with the full limits.',
      ),
  })
  .refine(({ requests, requests_per_minute: rate }) => requests === undefined || rate === undefined, {
    path: ['requests'],
    message: 'must not stand beside "requests_per_minute": both say how many may come',
  })
  .refine(({ requests, window }) => window === undefined || requests !== undefined, {
    path: ['window'],
    message: 'says nothing without "requests"',
  });

/** `false` is short for `{"enabled": false}`. */
export const rateLimitSchema = z
  .preprocess((value) => (typeof value === 'boolean' ? { enabled: value } : value), rateLimitObject)
  .meta({ shorthands: [{ type: 'boolean' }] });
