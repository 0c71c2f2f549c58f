import { randomUUID } from 'node:crypto';
import { standingHeaders } from '@agentflow/core';
import cors from '@koa/cors';
import type { Context, Middleware } from 'koa';

/** Which web pages of other origins may call, and with what. */
export interface CorsRules {
  /** As browsers write them; `*` for any, which never goes together with credentials. */
  readonly origins: readonly string[] | '*';
  readonly credentials: boolean;
  readonly methods: readonly string[];
  /** Request header fields, beside those that need no permission. */
  readonly headers: readonly string[];
  readonly maxAgeSeconds: number;
  /** Whether a public page may call a server on this machine (Private Network Access). */
  readonly privateNetwork: boolean;
}

/** What a page may read of an answer beside its body. */
const exposed = [
  ...['X-Request-ID', 'WWW-Authenticate', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
  ...['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'X-RateLimit-Reset-After'],
];

/**
 * Answers preflights (Fetch §4.8), for every path alike so that no stranger learns which there are, and lets the listed origins
 * read what the pipeline answers, refusals too. A preflight for an origin, method or header that is not listed goes on to
 * the pipeline, which refuses it.
 */
export function createCors(rules: CorsRules): Middleware {
  const methods = new Set(rules.methods);
  const headers = new Set(rules.headers.map((name) => name.toLowerCase()));
  const allowedOrigin = (origin: string) =>
    rules.origins === '*' ? '*' : rules.origins.includes(origin) ? origin : '';
  const allow = cors({
    origin: (context) => allowedOrigin(context.get('Origin')),
    credentials: rules.credentials,
    allowMethods: [...methods],
    allowHeaders: [...rules.headers],
    exposeHeaders: exposed,
    maxAge: rules.maxAgeSeconds,
    privateNetworkAccess: rules.privateNetwork,
    keepHeadersOnError: false,
  });
  return async (context, next) => {
    if (!isPreflight(context)) return allow(context, next);
    const asked = context.get('Access-Control-Request-Headers').split(',');
    const isListed =
      methods.has(context.get('Access-Control-Request-Method')) &&
      asked.every((name) => name.trim() === '' || headers.has(name.trim().toLowerCase()));
    if (!isListed || allowedOrigin(context.get('Origin')) === '') {
      context.vary('Origin');
      return next();
    }
    context.set(standingHeaders(randomUUID(), false));
    return allow(context, next);
  };
}

function isPreflight(context: Context): boolean {
  const names = ['Origin', 'Access-Control-Request-Method'];
  return context.method === 'OPTIONS' && names.every((name) => context.get(name) !== '');
}
