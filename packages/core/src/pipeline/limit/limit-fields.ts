import type { Clock } from '../../clock.js';
import { RateLimitedError } from '../../errors.js';
import { type LimitPolicy, windowSeconds } from '../../limits/limit-policy.js';
import type { LimitedRequest, LimitStanding } from './count-request.js';

/** What is told with an answer: a handler may have limits of its own, of which nothing was counted before. */
export function standingsOf({
  limits,
  error,
}: LimitedRequest & { readonly error?: unknown }): readonly LimitStanding[] {
  const told = limits ?? [];
  if (!(error instanceof RateLimitedError) || told.some(({ taken }) => !taken.allowed)) return told;
  const { retryAfterSeconds, violated } = error;
  const taken = { allowed: false, remaining: 0, resetSeconds: retryAfterSeconds, retryAfterSeconds };
  return violated.map((policy) => ({ policy, taken }));
}

/** Those that many share say how much others do there: only who runs into one is told of it. */
const shared = new Set(['address', 'everybody', 'bad-credentials']);

/**
 * The header fields that say where somebody's limits stand: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-11,
 * and AgentFlow's own, which know one limit: the one that is nearest. No partition key is told: whose limit it is, the caller knows.
 */
export function limitFields(standings: readonly LimitStanding[], clock: Clock): Readonly<Record<string, string>> {
  const own = standings.filter(({ policy, taken }) => !taken.allowed || !shared.has(policy.name));
  const told = own.length > 0 ? own : standings;
  const [first, ...others] = told;
  if (first === undefined) return {};
  const nearest = others.reduce((least, one) => (one.taken.remaining < least.taken.remaining ? one : least), first);
  const { remaining, resetSeconds } = nearest.taken;
  return {
    'RateLimit-Policy': told.map(({ policy }) => policyText(policy)).join(', '),
    RateLimit: told
      .map(({ policy: { name }, taken: { remaining: r, resetSeconds: t } }) => `"${name}";r=${r};t=${t}`)
      .join(', '),
    'X-RateLimit-Limit': String(nearest.policy.burst),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(Math.ceil(clock.now() / 1000) + resetSeconds),
    'X-RateLimit-Reset-After': String(resetSeconds),
  };
}

const texts = new WeakMap<LimitPolicy, string>();

/** RFC 9651 §4.1: an Item, a String with parameters. Names are words of ours, with nothing in them that would have to be escaped. */
function policyText(policy: LimitPolicy): string {
  let text = texts.get(policy);
  if (text === undefined) {
    text = `"${policy.name}";q=${policy.burst};w=${windowSeconds(policy)}`;
    texts.set(policy, text);
  }
  return text;
}
