import type { SessionsEndedResponse, UserDeletedResponse, UserListResponse, UserResource } from '@agentflow/protocol';
import { z } from 'zod';
import { detailOfUser } from '../../audit-details.js';
import { formatTime } from '../../clock.js';
import { AccessDeniedError, NotFoundError, RequestError, ValidationError } from '../../errors.js';
import { ownerOfUser, UserFaultError } from '../../identity/user-administration.js';
import type { StoredUser, UserStore } from '../../stores/user-store.js';
import type { Call, Handlers } from './call.js';
import { data } from './outcome.js';
import { nextCursor, pageFields, readPage } from './page.js';
import { printable, type RouteInputs, readInput } from './read-input.js';
import type { LoginParts } from './sign-in.js';
import { switchedOff } from './switched-off.js';

const roles = z.array(printable.min(1)).max(100);
const username = z.string().max(255);

const createSchema = z.strictObject({
  username,
  password: z.string().optional(),
  roles: roles.default([]),
  tenant: printable.optional(),
});
const changeSchema = z.strictObject({
  roles: roles.optional(),
  disabled: z.boolean().optional(),
  username: username.optional(),
});
const passwordSchema = z.strictObject({ newPassword: z.string() });
const listSchema = z.object({
  ...{ limit: pageFields.limit, cursor: pageFields.cursor },
  username: username.optional().describe('Only the user of this name, however it is spelled. Empty: everybody.'),
});

export const userInputs = {
  listUsers: { query: listSchema },
  createUser: { body: createSchema },
  changeUser: { body: changeSchema },
  setUserPassword: { body: passwordSchema },
} satisfies RouteInputs;

export interface UserParts {
  readonly login?: LoginParts | undefined;
  readonly stores: { readonly users: UserStore };
}

type UserRoutes =
  | 'listUsers'
  | 'createUser'
  | 'readUser'
  | 'changeUser'
  | 'deleteUser'
  | 'setUserPassword'
  | 'endUserSessions';

const off = switchedOff(
  ...([
    'listUsers',
    'createUser',
    'readUser',
    'changeUser',
    'deleteUser',
    'setUserPassword',
    'endUserSessions',
  ] as const),
);

/** Users, for administrators: each sees those of their own tenant, and whoever is of another is not there. */
export function createUserHandlers({ login, stores }: UserParts): Pick<Handlers, UserRoutes> {
  return login === undefined ? off : createHandlers(login, stores.users);
}

function createHandlers({ administration, sessions }: LoginParts, users: UserStore): Pick<Handlers, UserRoutes> {
  return {
    listUsers: async (call) => {
      const { username: name = '', ...page } = readPage(listSchemaWithOffset, call.query);
      const { tenant } = call.owner;
      if (name !== '') {
        const user = await users.findByName(name);
        return data({
          users: user?.tenant === tenant ? [toResource(user)] : [],
          next: null,
        } satisfies UserListResponse);
      }
      const { limit, after } = page;
      const found = await users.list({ tenant, limit, after });
      const next = nextCursor(found, page, ({ createdAt, id }) => ({ time: createdAt, id }));
      return data({ users: found.map(toResource), next } satisfies UserListResponse);
    },

    createUser: async (call) => {
      const { tenant = call.owner.tenant, ...fields } = readInput(createSchema, call.body, 'body');
      if (tenant !== call.owner.tenant) throw ofAnotherTenant();
      const user = await tellFaults(() => administration.add({ ...fields, tenant: call.owner.tenant }));
      call.recordChange('user-created', detailOfUser(user));
      return data(toResource(user));
    },

    readUser: async (call) => data(toResource(await findUser(call, users))),

    changeUser: async (call) => {
      const { disabled: isDisabled, ...changes } = readInput(changeSchema, call.body, 'body');
      const user = await findUser(call, users);
      if (isDisabled === true || changes.roles !== undefined) refuseOneself(call, user);
      const changed = await tellFaults(() => administration.change(user, { ...changes, isDisabled }));
      if (changed === undefined) throw userNotFound();
      call.recordChange('user-changed', detailOfUser(changed));
      return data(toResource(changed));
    },

    deleteUser: async (call) => {
      const user = await findUser(call, users);
      refuseOneself(call, user);
      await administration.delete(user);
      call.recordChange('user-deleted', { user: user.id });
      return data({ deleted: true } satisfies UserDeletedResponse);
    },

    setUserPassword: async (call) => {
      const { newPassword } = readInput(passwordSchema, call.body, 'body');
      const user = await findUser(call, users);
      if (isOneself(call, user)) throw ownPasswordElsewhere();
      await tellFaults(() => administration.setPassword(user, newPassword), 'newPassword');
      call.recordChange('password-changed', { user: user.id });
      return data(toResource(await findUser(call, users)));
    },

    endUserSessions: async (call) => {
      const ended = await sessions.endAll(ownerOfUser(await findUser(call, users)));
      return data({ ended } satisfies SessionsEndedResponse);
    },
  };
}

const listSchemaWithOffset = listSchema.extend({ offset: pageFields.offset });

/** @throws {NotFoundError} also where it is of another tenant */
export async function findUser(call: Pick<Call, 'owner' | 'parameters'>, users: UserStore): Promise<StoredUser> {
  const user = await users.find(call.parameters['user_id'] ?? '');
  if (user === undefined || user.tenant !== call.owner.tenant) throw userNotFound();
  return user;
}

/** Which field of the request a fault is about; a password is called otherwise where it is a new one. */
export async function tellFaults<T>(work: () => Promise<T>, passwordField = 'password'): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserFaultError)) throw error;
    const field = error.field === 'password' ? passwordField : error.field;
    throw new ValidationError([{ loc: ['body', field], msg: error.message, type: 'user' }]);
  }
}

/**
 * An administrator who turns out themselves may be the last. As it is, one always remains: whoever has turned out all others.
 * @throws {RequestError} CONFLICT
 */
function refuseOneself(call: Call, user: StoredUser): void {
  if (!isOneself(call, user)) return;
  const message =
    'Nobody changes the own roles, or disables or deletes themselves: another administrator can, or "agentflow users".';
  throw new RequestError('CONFLICT', { message });
}

function isOneself({ owner }: Call, user: StoredUser): boolean {
  const { realm, subject } = ownerOfUser(user);
  return owner.realm === realm && owner.subject === subject;
}

/** Whoever has found an open session would otherwise need nothing else to keep the account. */
function ownPasswordElsewhere(): RequestError {
  const message = 'Change your own password with POST /v1/auth/password, which asks for the current one.';
  return new RequestError('CONFLICT', { message });
}

function userNotFound(): NotFoundError {
  return new NotFoundError('There is no such user.');
}

function ofAnotherTenant(): AccessDeniedError {
  return new AccessDeniedError({
    message: 'Forbidden: users are made in your own tenant.',
    reason: 'administrators reach their own tenant alone',
  });
}

export function toResource(user: StoredUser): UserResource {
  const { id, username: name, tenant, roles: given, createdAt, updatedAt, signedInAt } = user;
  return {
    ...{ id, username: name, tenant, roles: given, disabled: user.disabledAt !== undefined },
    ...{ createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) },
    lastSignInAt: signedInAt === undefined ? null : formatTime(signedInAt),
  };
}
