import { ConfigurationError, type PasswordSignIn } from '@agentflow/core';

/** One way for all of a configuration's methods to try a password: it is counted and hashed as `login` has it, wherever it was sent to. */
export interface TriedPasswords {
  offer(signIn: PasswordSignIn): void;
  /** May be called before it is offered; what it returns, may not. */
  readonly signIn: PasswordSignIn;
}

export function createTriedPasswords(): TriedPasswords {
  let offered: PasswordSignIn | undefined;
  return {
    offer(signIn) {
      offered = signIn;
    },
    signIn(proof) {
      if (offered === undefined) throw new Error('nothing tries passwords here');
      return offered(proof);
    },
  };
}

/** Without `login` there are no users. */
export function noUsers(path: readonly (string | number)[]): ConfigurationError {
  const message = '"basic" asks the users of this server, and there are none without "login"';
  const remedy = 'Write "auth": ["login", "basic"], or give "basic" a "username" and a "password" of its own.';
  return new ConfigurationError([{ path, message, remedy }]);
}
