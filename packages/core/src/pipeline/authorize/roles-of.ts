import type { ConfiguredAuthorization } from '../../authorization-backend.js';
import { isThenable, withDeadline } from '../../deadline.js';
import { UnavailableError } from '../../errors.js';
import { isIdentifier } from '../../identifier.js';
import type { Log } from '../../log.js';
import type { Principal } from '../../principal.js';
import { isRoleName } from '../../role-name.js';
import { watchStall } from '../../stall.js';
import { userOf } from '../../user.js';
import type { AuthorizeOptions } from './authorize.js';

/** A query takes so many values at once, on every database. */
const maxRoles = 10_000;

/**
 * The roles that somebody has now: those of the credential, and those that any backend gives them. Names of principals, and of
 * everybody, are none; nor is what no grant can name.
 * @throws {UnavailableError} if a backend throws, hangs or answers nonsense
 */
export async function rolesOf(
  principal: Principal,
  { backends, log }: Pick<AuthorizeOptions, 'backends' | 'log'>,
): Promise<readonly string[]> {
  const given = await Promise.all(backends.map((backend) => rolesBy(backend, principal, log)));
  const roles = [...new Set([...principal.roles, ...given.flat()])].filter(isGrantee);
  if (roles.length <= maxRoles) return roles;
  throw new UnavailableError({ reason: `somebody has more than ${maxRoles} roles, which no query takes` });
}

/** Whether a grant can name it. What else credentials and backends carry, some databases cannot even be asked for. */
function isGrantee(role: string): boolean {
  return isRoleName(role) && isIdentifier(role);
}

async function rolesBy(
  { name, backend, deadlineMilliseconds }: ConfiguredAuthorization,
  principal: Principal,
  log: Log,
): Promise<readonly string[]> {
  try {
    const answer: unknown = watchStall(name, undefined, log, () =>
      backend.rolesOf === undefined ? [] : backend.rolesOf(userOf(principal)),
    );
    return readRoles(isThenable(answer) ? await withDeadline(answer, deadlineMilliseconds, name) : answer);
  } catch (error) {
    const what = error instanceof Error ? error.message : 'threw something that is not an Error';
    throw new UnavailableError({ reason: `authorization backend ${name}: ${what}`, cause: error });
  }
}

/** Of one text each letter would be a role. */
function readRoles(answer: unknown): readonly string[] {
  const isList = Array.isArray(answer) && answer.every((role) => typeof role === 'string');
  if (!isList) throw new TypeError('rolesOf() answered something that is no list of texts');
  return answer;
}
