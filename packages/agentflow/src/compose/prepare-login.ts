import type { LoginParts, ServingSurroundings } from '@agentflow/core';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';
import { findPowerlessRole } from './administrator-rights.js';
import type { Backends } from './backends.js';
import { makeFirstAdministrator } from './first-administrator.js';
import type { Foundation } from './foundation.js';
import { completeLogin } from './login-parts.js';

export interface ChosenLogin {
  readonly loaded: LoadedConfiguration;
  readonly backends: Backends;
  readonly surroundings: ServingSurroundings;
}

/**
 * What answers requests about users and their sessions, with the first of them; undefined where nobody signs in. Says where that one would
 * be no administrator.
 * @throws {ConfigurationError} if the environment names a first user who cannot be
 */
export async function prepareLogin(
  { loaded, backends, surroundings }: ChosenLogin,
  foundation: Foundation,
): Promise<LoginParts | undefined> {
  const made = backends.login;
  if (made === undefined) return undefined;
  const login = completeLogin(made, foundation);
  const { stores, log, data } = foundation;
  const role = made.administratorRole;
  const powerless = await findPowerlessRole({
    ...{ role, written: loaded.configuration.authorization, backends: backends.authorization },
    isTrial: data === 'memory',
  });
  if (powerless !== undefined) surroundings.announce(powerless);
  if (data === 'memory') return login;
  await makeFirstAdministrator({
    ...{ login: made, administration: login.administration, surroundings, stores, log },
    ...{ advisedRole: powerless === undefined ? role : undefined, file: loaded.source.file },
  });
  return login;
}
