import { findVariable, type Login } from '@agentflow/authentication';
import {
  type BackendSurroundings,
  ConfigurationError,
  defaultTenant,
  type Log,
  type LoginParts,
  type Stores,
  type TenantId,
  UserFaultError,
} from '@agentflow/core';
import { configOption } from './config-option.js';

const nameVariable = 'AGENTFLOW_ADMIN_USERNAME';
const passwordVariable = 'AGENTFLOW_ADMIN_PASSWORD';

export interface FirstAdministratorParts {
  readonly administration: LoginParts['administration'];
  readonly login: Pick<Login, 'administratorRole' | 'providerSignIn'>;
  /** That makes somebody an administrator of users. Undefined where it is not known which does. */
  readonly advisedRole: string | undefined;
  readonly surroundings: BackendSurroundings;
  readonly stores: Pick<Stores, 'users'>;
  readonly log: Log;
  /** The configuration. */
  readonly file: string;
}

/**
 * For containers, in which nobody types a command: the user that the environment names, where there is no user yet. No account ships. Where
 * nobody could sign in, it is said how one is made.
 * @throws {ConfigurationError} if the environment names one that cannot be
 */
export async function makeFirstAdministrator(parts: FirstAdministratorParts): Promise<void> {
  const { administration, login, advisedRole, surroundings, stores, log } = parts;
  const [another] = await stores.users.list({ tenant: undefined, limit: 1 });
  if (another !== undefined) return;
  const username = surroundings.environment[nameVariable];
  if (username === undefined || username === '') {
    const alone = [passwordVariable, `${passwordVariable}_FILE`].find((name) => surroundings.environment[name]);
    if (alone !== undefined) throw fault(`${alone} is set, and ${nameVariable} is not`);
    const how = `agentflow users add NAME --role ${advisedRole ?? 'ROLE'}${configOption(parts.file)}`;
    const who =
      login.providerSignIn === undefined ? 'nobody can sign in yet' : 'nobody can sign in with a password yet';
    log.warn({}, `${who}: there are no users. Make one: ${how}`);
    return;
  }
  const password = findVariable(passwordVariable, surroundings)?.secret;
  if (password === undefined) {
    throw fault(`${nameVariable} is set, and neither ${passwordVariable} nor ${passwordVariable}_FILE is`);
  }
  try {
    const roles = [login.administratorRole];
    const fields = { username, password: password.reveal(), roles, tenant: defaultTenant as TenantId };
    const made = await administration.addFirst(fields);
    if (made === undefined) return;
    log.info({ user: made.id, username, roles }, `the first user, "${username}", was made, as the environment says`);
  } catch (error) {
    if (!(error instanceof UserFaultError)) throw error;
    throw fault(`the ${error.field} of ${nameVariable} ${error.message}`);
  }
}

function fault(message: string): ConfigurationError {
  const remedy = `Set both, correct them, or remove them: users are also made with "agentflow users add".`;
  return new ConfigurationError([{ path: ['auth'], message, remedy }]);
}
