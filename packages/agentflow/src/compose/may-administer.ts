import type { AuthConfiguration } from '../configuration/schema.js';

/**
 * Whether a method may say by which role somebody is the administrator, where there is no `authorization`: only one that knows everybody
 * by itself. The users of this server are the same people, whether they bring a token, a password, or a key that they have made here.
 */
export function mayAdminister(one: AuthConfiguration, all: readonly AuthConfiguration[]): boolean {
  return all.every((other) => other === one || (one.method === 'login' && asksTheSameUsers(other)));
}

function asksTheSameUsers(other: AuthConfiguration): boolean {
  if (other.method === 'basic') return other.username === undefined;
  if (other.method !== 'api_key') return false;
  // Keys of the environment have no roles.
  return other.issued !== undefined && other.keys === undefined && other.file === undefined;
}
