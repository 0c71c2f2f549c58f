import type { JsonValue } from '@agentflow/protocol';
import { isIdentifier } from '../identifier.js';
import type { Log } from '../log.js';
import { localRealm, type OwnerKey, type SubjectId, type TenantId } from '../principal.js';
import type { Revocations } from '../revocations.js';
import { isRoleName } from '../role-name.js';
import type { BelongingsStore } from '../stores/belongings-store.js';
import type { FileVault } from '../stores/file-vault.js';
import { type StoredUser, type UserChanges, UsernameTakenError, type UserStore } from '../stores/user-store.js';
import { createId } from './create-id.js';
import type { PasswordHasher } from './password-hasher.js';
import { usernameFault } from './username.js';

/** What was asked for cannot be. `field` is of the request, and the message may be told to whoever sent it. */
export class UserFaultError extends Error {
  override readonly name = 'UserFaultError';
  readonly field: 'username' | 'password' | 'roles' | 'tenant';
  constructor(field: UserFaultError['field'], message: string) {
    super(message);
    this.field = field;
  }
}

export interface UserFields {
  readonly username: string;
  /** Absent: nobody signs in with a password as this user. */
  readonly password?: string | undefined;
  readonly roles: readonly string[];
  readonly tenant: TenantId;
}

/** What else there is of a user beside what {@link BelongingsStore} knows: keys that were issued for them, for instance. */
export interface UserCompanion {
  /** Under which an export has it. */
  readonly name: string;
  /** What can be handed out of it. */
  export?(owner: OwnerKey): Promise<JsonValue>;
  delete(owner: OwnerKey): Promise<void>;
}

/** The one place where users change, whoever asks for it: a route, or a command beside the server. */
export interface UserAdministration {
  /** @throws {UserFaultError} */
  add(fields: UserFields): Promise<StoredUser>;
  /**
   * Undefined where there is a user already.
   * @throws {UserFaultError}
   */
  addFirst(fields: UserFields): Promise<StoredUser | undefined>;
  /**
   * What they were given before holds no more: their sessions go on with other roles, and end where they are disabled.
   * @throws {UserFaultError}
   */
  change(user: StoredUser, changes: UserChanges): Promise<StoredUser | undefined>;
  /**
   * Ends their sessions.
   * @throws {UserFaultError}
   */
  setPassword(user: StoredUser, password: string): Promise<void>;
  /** With everything that is theirs. */
  delete(user: StoredUser): Promise<void>;
}

export interface UserAdministrationParts {
  readonly open: () => Promise<{ readonly users: UserStore; readonly belongings: BelongingsStore }>;
  readonly vault: Pick<FileVault, 'delete'>;
  readonly hasher: PasswordHasher;
  readonly revocations: Pick<Revocations, 'revoke' | 'apply'>;
  readonly companions: readonly UserCompanion[];
  readonly log: Log;
  /** Resolves when every process knows what was taken back. */
  readonly heardEverywhere: () => Promise<void>;
}

export function createUserAdministration(parts: UserAdministrationParts): UserAdministration {
  const { open, vault, hasher, revocations, companions, log, heardEverywhere } = parts;

  async function prepare({ username, password, roles, tenant }: UserFields) {
    checkUsername(username);
    checkRoles(roles);
    checkTenant(tenant);
    if (password !== undefined) checkPassword(password, username);
    const passwordHash = password === undefined ? undefined : await hasher.hash(password);
    return { id: createId('usr'), tenant, username, roles: [...new Set(roles)], passwordHash };
  }

  function checkPassword(password: string, username: string): void {
    const fault = hasher.findFault(password, username);
    if (fault !== undefined) throw new UserFaultError('password', fault);
  }

  async function tellTaken<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UsernameTakenError) throw new UserFaultError('username', 'is taken');
      throw error;
    }
  }

  return {
    async add(fields) {
      const user = await prepare(fields);
      return tellTaken(async () => (await open()).users.add(user));
    },

    async addFirst(fields) {
      const user = await prepare(fields);
      return tellTaken(async () => (await open()).users.addFirst(user));
    },

    async change(user, changes) {
      if (changes.username !== undefined) checkUsername(changes.username);
      if (changes.roles !== undefined) checkRoles(changes.roles);
      const changed = await tellTaken(async () => (await open()).users.update(user.id, changes));
      if (changed === undefined) return undefined;
      revocations.apply(changed.ended);
      return changed.user;
    },

    async setPassword(user, password) {
      checkPassword(password, user.username);
      const passwordHash = await hasher.hash(password);
      const ended = await (await open()).users.setPassword(user.id, passwordHash);
      if (ended !== undefined) revocations.apply(ended);
    },

    async delete(user) {
      const { users, belongings } = await open();
      const owner = ownerOfUser(user);
      // First of all nobody gets in any more. An id is nobody's again, so that what was taken back from it is taken back for good.
      const disabled = await users.update(user.id, { isDisabled: true });
      revocations.apply(disabled?.ended ?? []);
      await revocations.revoke([
        { kind: 'principal', owner, issuedBefore: Number.MAX_SAFE_INTEGER, expiresAt: undefined },
      ]);
      await heardEverywhere();
      for (const companion of companions) await companion.delete(owner);
      const { fileIds } = await belongings.delete(owner);
      for (const fileId of fileIds) {
        // Without their rows they are gone: what stays lying there is cleared away later.
        await vault
          .delete(fileId)
          .catch((error: unknown) => log.warn({ error }, 'the bytes of a file were not deleted'));
      }
      await users.delete(user.id);
    },
  };
}

export function ownerOfUser({ id, tenant }: Pick<StoredUser, 'id' | 'tenant'>): OwnerKey {
  return { tenant, realm: localRealm, subject: id as SubjectId };
}

function checkUsername(username: string): void {
  const fault = usernameFault(username);
  if (fault !== undefined) throw new UserFaultError('username', fault);
}

/** Who is of a tenant that no principal can be of could never sign in. */
function checkTenant(tenant: string): void {
  if (!isIdentifier(tenant))
    throw new UserFaultError('tenant', 'must be 1 to 255 characters without control characters');
}

function checkRoles(roles: readonly string[]): void {
  for (const role of roles) {
    // A list that was written as one text would be a role that no policy knows.
    if (isIdentifier(role) && isRoleName(role) && !/[\s,]/.test(role)) continue;
    const rule = '1 to 255 characters without spaces and commas, and not "*" or "user:…"';
    throw new UserFaultError('roles', `must be names of roles: ${rule}`);
  }
}
