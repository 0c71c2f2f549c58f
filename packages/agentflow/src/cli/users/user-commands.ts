import { defaultTenant, detailOfUser, formatTime, type StoredUser, type TenantId, toPrintable } from '@agentflow/core';
import { describeUnknownRoles } from '../../compose/unknown-roles.js';
import { readAll } from '../read-all.js';
import { readPassword } from './read-password.js';
import { namingFaults, type OpenedUsers, withUsers } from './with-users.js';

interface UserOptions {
  readonly config?: string | undefined;
}

interface PasswordOptions extends UserOptions {
  readonly passwordStdin?: boolean | undefined;
}

interface AddOptions extends PasswordOptions {
  readonly role?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  /** False with `--no-password`. */
  readonly password: boolean;
}

export async function add(username: string, { role: roles = [], tenant, ...options }: AddOptions): Promise<void> {
  // Before anything is opened: whoever types slowly holds nothing.
  const password = options.password ? await readPassword(options) : undefined;
  await withUsers(options.config, async ({ administration, configuration, record }) => {
    const fields = { username, password, roles, tenant: (tenant ?? defaultTenant) as TenantId };
    const made = await namingFaults(username, () => administration.add(fields));
    say(`made ${describe(made)}`);
    tellUnknownRoles(roles, configuration);
    await record('user-created', detailOfUser(made));
  });
}

export async function passwd(username: string, options: PasswordOptions): Promise<void> {
  const password = await readPassword(options);
  await withUser(username, options, async (user, { administration, record }) => {
    await namingFaults(username, () => administration.setPassword(user, password));
    say(`${user.username} has another password, and was signed out everywhere`);
    await record('password-changed', { user: user.id });
  });
}

export async function setRoles(
  username: string,
  options: UserOptions & { readonly role?: readonly string[] | undefined; readonly none?: boolean | undefined },
): Promise<void> {
  const { role: roles = [], none = false } = options;
  // Whoever only wanted to see them takes nothing away.
  if (roles.length > 0 === none) throw new Error('say which: --role NAME (several times), or --none for none');
  await change(username, options, { roles });
}

export async function setDisabled(username: string, options: UserOptions, isDisabled: boolean): Promise<void> {
  await change(username, options, { isDisabled });
}

export async function remove(
  username: string,
  options: UserOptions & { readonly yes?: boolean | undefined },
): Promise<void> {
  await withUser(username, options, async (user, { administration, record }) => {
    if (options.yes !== true) {
      throw new Error(toPrintable(`this deletes ${user.username} for good, ${belongings}: if it is meant, add --yes`));
    }
    await administration.delete(user);
    say(`${user.username} is gone, with everything that was theirs`);
    await record('user-deleted', { user: user.id });
  });
}

export async function list({ config, json }: UserOptions & { readonly json?: boolean | undefined }): Promise<void> {
  await withUsers(config, async ({ users }) => {
    const all = await readAll((page) => users.list({ tenant: undefined, ...page }));
    if (json === true) say(JSON.stringify(all.map(toFacts), null, 2));
    else say(all.length === 0 ? 'no users' : all.map(describe).join('\n'));
  });
}

const belongings = 'with all threads, memories, files and keys that are theirs';

function change(
  username: string,
  options: UserOptions,
  changes: { readonly roles?: readonly string[]; readonly isDisabled?: boolean },
): Promise<void> {
  return withUser(username, options, async (user, { administration, configuration, record }) => {
    const changed = await namingFaults(username, () => administration.change(user, changes));
    if (changed === undefined) throw new Error(`there is no user "${toPrintable(username)}" any more`);
    say(describe(changed));
    tellUnknownRoles(changes.roles ?? [], configuration);
    await record('user-changed', detailOfUser(changed));
  });
}

function withUser(
  username: string,
  { config }: UserOptions,
  work: (user: StoredUser, opened: OpenedUsers) => Promise<void>,
): Promise<void> {
  return withUsers(config, async (opened) => {
    const user = await opened.users.findByName(username);
    if (user === undefined) throw new Error(`there is no user "${toPrintable(username)}"`);
    await work(user, opened);
  });
}

function describe({ id, username, roles, tenant, disabledAt }: StoredUser): string {
  const facts = [id, `roles [${roles.join(', ')}]`];
  if (tenant !== defaultTenant) facts.push(`tenant ${tenant}`);
  if (disabledAt !== undefined) facts.push(`disabled since ${formatTime(disabledAt)}`);
  return toPrintable(`${username}  ${facts.join('  ')}`);
}

/** What is told of a user to programs: no hash. */
function toFacts({ id, username, tenant, roles, disabledAt, signedInAt, createdAt, updatedAt }: StoredUser) {
  return {
    ...{ id, username, tenant, roles, disabled: disabledAt !== undefined },
    ...{ createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) },
    lastSignInAt: signedInAt === undefined ? null : formatTime(signedInAt),
  };
}

function tellUnknownRoles(roles: readonly string[], configuration: OpenedUsers['configuration']): void {
  const line = describeUnknownRoles(roles, configuration);
  if (line !== undefined) process.stderr.write(`  ! ${line}\n`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
