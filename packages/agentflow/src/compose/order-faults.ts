import type { ConfigurationFault } from '@agentflow/core';
import type { AuthConfiguration } from '../configuration/schema.js';

type PathOf = (index: number) => readonly (string | number)[];

/** What cannot stand in the list as it does. */
export function orderFaults(auth: readonly AuthConfiguration[], pathOf: PathOf): readonly ConfigurationFault[] {
  return [...loginFaults(auth, pathOf), ...tellingFaults(auth, pathOf)];
}

/** Whoever asks an endpoint about each Bearer token would send it those of everybody who comes after. */
function tellingFaults(auth: readonly AuthConfiguration[], pathOf: PathOf): readonly ConfigurationFault[] {
  const asking = auth.findIndex((one) => one.method === 'oauth' && (one.verify_url ?? one.introspection) !== undefined);
  if (asking === -1) return [];
  return auth.flatMap((one, index) => {
    if (index < asking || !takesOwnBearer(one)) return [];
    return {
      path: pathOf(asking),
      message: `"oauth" asks an endpoint about every Bearer token, and stands before "${one.method}", whose own it would send there`,
      remedy: `Put it after "${one.method}".`,
    };
  });
}

function takesOwnBearer(one: AuthConfiguration): boolean {
  return one.method === 'login' || one.method === 'jwt' || (one.method === 'api_key' && one.bearer);
}

/** What cannot stand beside a "login" in the list, or before it. */
function loginFaults(auth: readonly AuthConfiguration[], pathOf: PathOf): readonly ConfigurationFault[] {
  const logins = [...auth.keys()].filter((index) => auth[index]?.method === 'login');
  const [first, ...more] = logins;
  if (first === undefined) return [];
  const faults: ConfigurationFault[] = more.map((index) => ({
    path: pathOf(index),
    message: 'there is a "login" already, and the database has one table of users',
    remedy: 'Keep one of them.',
  }));
  const login = auth[first];
  const earlier = auth.findIndex((one) => one.method === 'jwt');
  const sharesSecret = login?.method === 'login' && login.algorithm === 'HS256';
  if (sharesSecret && earlier !== -1 && earlier < first) {
    faults.push({
      path: pathOf(first),
      message: '"login" with HS256 stands after a "jwt", which would refuse its tokens',
      remedy: 'Put "login" before "jwt": each then takes its own, by "iss" and "typ". Or leave "algorithm" out.',
    });
  }
  return faults;
}
