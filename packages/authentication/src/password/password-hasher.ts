import { type PasswordHasher, usernameKey } from '@agentflow/core';
import { hash, verify } from '@node-rs/argon2';
import { isCommonPassword } from './guessable-passwords.js';
import type { PasswordOptions } from './options.js';
import { createTurnstile } from './turnstile.js';

/** Whatever is longer is nobody's password, and is not hashed. In characters as JavaScript counts them. */
export const maxPasswordLength = 1024;

/** What argon2's encoded form says of itself (the PHC string format). */
const encoded = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,10})\$/;

/** argon2id (RFC 9106), in threads of Node's pool. A password is hashed as it was sent: two spellings of one letter are two passwords. */
export function createPasswordHasher(options: PasswordOptions): PasswordHasher {
  const { memory, passes, lanes, min_length: minLength, concurrency, max_waiting: maxWaiting } = options;
  // argon2id is what the package makes unless it is told otherwise.
  const parameters = { memoryCost: memory, timeCost: passes, parallelism: lanes };
  const turnstile = createTurnstile({ width: concurrency, maxWaiting });

  return {
    hash: (password) => turnstile.pass(() => hash(password, parameters)),

    async verify(known, password) {
      if (password.length > maxPasswordLength) return false;
      if (known !== undefined) return turnstile.pass(() => verify(known, password));
      await turnstile.pass(() => hash(password, parameters));
      return false;
    },

    requireRoom: () => turnstile.requireRoom(),

    isOutdated(known) {
      const [, m, t, p] = encoded.exec(known) ?? [];
      return Number(m) !== memory || Number(t) !== passes || Number(p) !== lanes;
    },

    findFault(password, username) {
      if (Array.from(password).length < minLength) return `must have at least ${minLength} characters`;
      if (password.length > maxPasswordLength) return `must have at most ${maxPasswordLength} characters`;
      if (!password.isWellFormed()) return 'must be Unicode';
      const small = password.normalize('NFKC').toLowerCase();
      if (lettersOf(small) === lettersOf(usernameKey(username))) return 'must not be the username';
      return isCommonPassword(small)
        ? 'is one of the most common passwords: everybody who guesses begins with them'
        : undefined;
    },
  };
}

/** What is added to a name by those who must add something. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{L}]+/gu, '') || text;
}
