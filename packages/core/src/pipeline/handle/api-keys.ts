import type { ApiKeyCreatedResponse, ApiKeyResource, JsonObject, TenantApiKeyListResponse } from '@agentflow/protocol';
import { z } from 'zod';
import { detailOfKey } from '../../audit-details.js';
import type { ChangeEvent } from '../../audit-event.js';
import { formatTime } from '../../clock.js';
import { parseDuration } from '../../duration.js';
import { NotFoundError, RequestError } from '../../errors.js';
import { isIdentifier } from '../../identifier.js';
import type { ApiKeyIssuer, IssuedApiKey, RotationRefusal } from '../../identity/api-key-issuer.js';
import { isKnownScope } from '../../identity/scope-bound.js';
import type { Principal } from '../../principal.js';
import type { ApiKeyRate, StoredApiKey } from '../../stores/api-key-store.js';
import { requireHeldBy, requireMayMakeKeys, requireOwnKeys } from './api-key-rights.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';
import { nextCursor, pageFields, readPage } from './page.js';
import { printable, type RouteInputs, readInput } from './read-input.js';

const maxWindowSeconds = 30 * 86_400;

/** As much as the file of the server may say. */
const longestOverlapSeconds = 90 * 86_400;

const role = z.string().refine(isIdentifier, 'must be 1 to 255 characters without control characters');
const scope = z.string().max(255).refine(isKnownScope, 'must be a permission, such as "graph:invoke" or "threads:*"');

const createSchema = z.strictObject({
  name: printable.min(1).describe('For people: what the key is for.'),
  expiresAt: z.iso.datetime({ offset: true }).nullish().describe('Absent: as the file of the server says.'),
  scopes: z.array(scope).max(100).nullish().describe('What it is narrowed to. Absent: as its maker is.'),
  roles: z.array(role).max(100).nullish().describe("Those of its owner's roles that it has. Absent: all."),
  rateLimit: z
    .strictObject({
      requests: z.number().int().min(1).max(1_000_000),
      window: z.number().int().min(1).max(maxWindowSeconds).describe('Seconds.'),
    })
    .nullish(),
  quota: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullish().describe('How many requests, in all.'),
});

const rotateSchema = z.strictObject({
  overlap: z
    .string()
    .transform((text, context) => {
      const seconds = parseDuration(text);
      if (seconds !== undefined && seconds <= longestOverlapSeconds) return seconds;
      context.addIssue({
        code: 'custom',
        message: 'must be a duration such as "15m", "1h" or "7d", of at most 90 days',
      });
      return z.NEVER;
    })
    .nullish()
    .describe('How long the old key lives on. Absent: as the file of the server says.'),
});

const listSchema = z.object({ limit: pageFields.limit, cursor: pageFields.cursor, offset: pageFields.offset });

export const apiKeyInputs = {
  createApiKey: { body: createSchema },
  rotateApiKey: { body: rotateSchema },
  listTenantApiKeys: { query: listSchema },
} satisfies RouteInputs;

type ApiKeyRoutes =
  | 'createApiKey'
  | 'listApiKeys'
  | 'revokeApiKey'
  | 'rotateApiKey'
  | 'listTenantApiKeys'
  | 'revokeTenantApiKey';

const noSuchKey = 'There is no such key.';

/** The routes of keys that are issued here. They are served only where there is an issuer. */
export function createApiKeyHandlers({
  apiKeys,
}: {
  readonly apiKeys?: ApiKeyIssuer | undefined;
}): Pick<Handlers, ApiKeyRoutes> {
  function issuerFor(): ApiKeyIssuer {
    if (apiKeys === undefined) throw new NotFoundError();
    return apiKeys;
  }

  async function revoke(call: Call, whose: Parameters<ApiKeyIssuer['revoke']>[1]) {
    const revoked = await issuerFor().revoke(call.resourceId ?? '', whose);
    if (revoked === undefined) throw new NotFoundError(noSuchKey);
    record(call, 'api-key-revoked', revoked);
    return data({ revoked: true });
  }

  return {
    createApiKey: async (call) => {
      const issuer = issuerFor();
      requireMayMakeKeys(call);
      const wish = readWish(readInput(createSchema, call.body, 'body'), call);
      requireHeldBy(call, wish);
      const issued = await issuer.issue(makerOf(call), wish);
      if (issued === undefined) throw tooMany();
      record(call, 'api-key-created', issued.stored);
      return data(toCreated(issued, issuer));
    },

    listApiKeys: async (call) => {
      const issuer = issuerFor();
      requireOwnKeys(call);
      return data({ apiKeys: (await issuer.list(call.owner)).map((key) => toResource(key, issuer)) });
    },

    revokeApiKey: async (call) => {
      requireOwnKeys(call);
      return revoke(call, call.owner);
    },

    rotateApiKey: async (call) => {
      const issuer = issuerFor();
      requireMayMakeKeys(call);
      const { overlap } = readInput(rotateSchema, call.body, 'body');
      // Whoever it was made by, it gives nobody more than who rotates it has.
      const judge = (given: Principal) => requireHeldBy(call, given);
      const issued = await issuer.rotate(call.resourceId ?? '', makerOf(call), overlap ?? undefined, judge);
      if (typeof issued === 'string') throw notRotated(issued);
      record(call, 'api-key-rotated', issued.stored, { from: call.resourceId ?? '' });
      return data(toCreated(issued, issuer));
    },

    listTenantApiKeys: async (call) => {
      const issuer = issuerFor();
      const page = readPage(listSchema, call.query);
      const found = await issuer.listIn(call.owner.tenant, page);
      const told: TenantApiKeyListResponse = {
        apiKeys: found.map((key) => {
          const { realm, subject } = key.owner;
          return { ...toResource(key, issuer), owner: { realm, subject } };
        }),
        next: nextCursor(found, page, ({ createdAt, id }) => ({ time: createdAt, id })),
      };
      return data(told);
    },

    revokeTenantApiKey: (call) => revoke(call, { tenant: call.owner.tenant }),
  };
}

/** What is not asked for is as the maker's own credential has it. */
function readWish(asked: z.output<typeof createSchema>, { caller: { principal } }: Call) {
  const { name, expiresAt, scopes, roles, rateLimit, quota } = asked;
  const rate: ApiKeyRate | undefined = rateLimit
    ? { requests: rateLimit.requests, windowSeconds: rateLimit.window }
    : undefined;
  return {
    name,
    expiresAt: expiresAt ? Date.parse(expiresAt) : undefined,
    scopes: scopes ?? principal.scopes,
    roles: roles ?? undefined,
    rate,
    quota: quota ?? undefined,
  };
}

function makerOf({ caller: { principal, evidence } }: Call) {
  return { principal, credentialId: evidence.credentialId };
}

function record(call: Call, event: ChangeEvent, key: StoredApiKey, more: JsonObject = {}): void {
  call.recordChange(event, { ...detailOfKey(key), ...more });
}

function tooMany(): RequestError {
  return new RequestError('CONFLICT', {
    message: 'You have as many keys as one may have. Revoke one first; if few of them live, try again in a day.',
  });
}

const whyNotRotated: Readonly<Record<Exclude<RotationRefusal, 'unknown'>, string>> = {
  ended: 'The key has ended. Make a new one.',
  many: 'Too many of your rotated keys live on. Revoke one, or let one end; if few of them live, try again in a day.',
  rotated: 'The key was rotated already. Rotate the one that has taken its place.',
};

function notRotated(refusal: RotationRefusal): RequestError {
  if (refusal === 'unknown') return new NotFoundError(noSuchKey);
  return new RequestError('CONFLICT', { message: whyNotRotated[refusal] });
}

function toCreated({ key, stored }: IssuedApiKey, issuer: ApiKeyIssuer): ApiKeyCreatedResponse {
  return { ...toResource(stored, issuer), key };
}

function toResource(key: StoredApiKey, issuer: ApiKeyIssuer): ApiKeyResource {
  const { id, name, last4, scopes, roles, rate, quota } = key;
  return {
    ...{ id, name, prefix: issuer.prefixOf(key), last4 },
    createdAt: formatTime(key.createdAt),
    expiresAt: key.expiresAt === undefined ? null : formatTime(key.expiresAt),
    lastUsedAt: key.lastUsedAt === undefined ? null : formatTime(key.lastUsedAt),
    ...{ scopes: scopes ?? null, roles: roles ?? null, quota: quota ?? null },
    rateLimit: rate === undefined ? null : { requests: rate.requests, window: rate.windowSeconds },
    dueForRotation: issuer.isDueForRotation(key),
  };
}
