import type { GrantList, GrantResource } from '@agentflow/protocol';
import { z } from 'zod';
import type { ChangeEvent } from '../../audit-event.js';
import { formatTime } from '../../clock.js';
import { NotFoundError, RequestError, ValidationError } from '../../errors.js';
import { isIdentifier } from '../../identifier.js';
import { isRoleName } from '../../role-name.js';
import { type Grant, type Grantee, maxGrants, TooManyGrantsError } from '../../stores/grant-store.js';
import type { Thread } from '../../stores/thread-store.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';
import { type ReachParts, threadNotFound } from './reach-thread.js';
import { type RouteInputs, readInput } from './read-input.js';
import { threadIdOf } from './thread-entry.js';

/** As principals have them (`createPrincipal`): what no credential could say is shared with nobody. */
const identifier = z.string().refine(isIdentifier, 'must be 1 to 255 characters without control characters');

const grantBodySchema = z
  .object({
    user: identifier.nullish().describe('The subject of a principal, exactly as their credential names it.'),
    realm: identifier.nullish().describe("Whose word that is: an issuer, or `local`. Absent: the owner's own."),
    role: identifier
      .refine(isRoleName, 'must be a role; name a principal by "user"')
      .nullish()
      .describe('Everybody in the tenant who has this role.'),
    access: z.enum(['read', 'write']),
  })
  .refine(({ user, role }) => isGiven(user) !== isGiven(role), {
    path: ['user'],
    error: 'say with whom: either "user" or "role"',
  })
  .refine(({ realm, role }) => !isGiven(realm) || !isGiven(role), {
    path: ['realm'],
    error: 'is of a user; a role has none',
  });

export const grantInputs = { createGrant: { body: grantBodySchema } } satisfies RouteInputs;

/** The routes by which the owner of a thread shares it. To everybody else there is no such thread, also to administrators. */
export function createGrantHandlers({
  threads,
  grants,
}: ReachParts): Pick<Handlers, 'listGrants' | 'createGrant' | 'deleteGrant'> {
  async function findOwn(call: Call): Promise<Thread> {
    const thread = await threads.find(call.owner, threadIdOf(call));
    if (thread === undefined) throw threadNotFound();
    return thread;
  }

  return {
    listGrants: async (call) => {
      const thread = await findOwn(call);
      const found = await grants.list(thread);
      const told: GrantList = {
        ...{ thread_id: thread.threadId, uuid: thread.uuid },
        grants: found.map((grant) => toResource(thread, grant)),
      };
      return data(told);
    },

    createGrant: async (call) => {
      const { access, ...to } = readInput(grantBodySchema, call.body, 'body');
      const grantee = readGrantee(to, call);
      const thread = await findOwn(call);
      const grant = await grants.put(thread, grantee, access).catch((error: unknown) => {
        throw error instanceof TooManyGrantsError ? tooMany() : error;
      });
      if (grant === undefined) throw threadNotFound();
      return data(recorded(call, 'thread-shared', toResource(thread, grant)));
    },

    deleteGrant: async (call) => {
      const thread = await findOwn(call);
      const grant = await grants.remove(thread, call.parameters['grant_id'] ?? '');
      if (grant === undefined) throw new NotFoundError('There is no such grant.');
      return data(recorded(call, 'grant-taken-back', toResource(thread, grant)));
    },
  };
}

/** @throws {ValidationError} if it is the owner */
function readGrantee(
  { user, realm, role }: Pick<z.output<typeof grantBodySchema>, 'user' | 'realm' | 'role'>,
  call: Call,
): Grantee {
  if (isGiven(role)) return { kind: 'role', role };
  const { owner } = call;
  const grantee = { kind: 'user', realm: realm ?? owner.realm, subject: user ?? '' } as const;
  if (grantee.subject !== owner.subject || grantee.realm !== owner.realm) return grantee;
  throw new ValidationError([{ loc: ['body', 'user'], msg: 'is the owner of the thread', type: 'grantee' }]);
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

/** With whom a thread is shared, and what for, stands nowhere else in the trail: of bodies it keeps what a change has changed. */
function recorded(call: Call, event: ChangeEvent, grant: GrantResource): GrantResource {
  call.recordChange(event, { ...grant });
  return grant;
}

function toResource(thread: Thread, { grantId, grantee, access, createdAt }: Grant): GrantResource {
  return {
    grant_id: grantId,
    thread_id: thread.threadId,
    uuid: thread.uuid,
    user: grantee.kind === 'user' ? grantee.subject : null,
    realm: grantee.kind === 'user' ? grantee.realm : null,
    role: grantee.kind === 'role' ? grantee.role : null,
    access,
    created_at: formatTime(createdAt),
  };
}

function tooMany(): RequestError {
  const message = `The thread is shared ${maxGrants} times, which is all: take one back, or share it with a role.`;
  return new RequestError('CONFLICT', { message });
}
