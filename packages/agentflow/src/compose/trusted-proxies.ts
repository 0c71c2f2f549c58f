import {
  ConfigurationError,
  type ConfigurationFault,
  createNetworkMatcher,
  type Network,
  parseNetwork,
  type TrustedProxies,
} from '@agentflow/core';
import type { Environment } from '../configuration/environment.js';
import type { Configuration } from '../configuration/schema.js';
import { listIn } from './list-in.js';

/** Shorter prefixes take in a good part of the internet: /8 is the widest private network of IPv4, /7 that of IPv6. */
const shortestPrefix = { ipv4: 8, ipv6: 7 } as const;

/**
 * `trusted_proxies` in the file, else `TRUSTED_PROXIES`. Undefined where nobody is trusted.
 * @throws {ConfigurationError} for what is no network, or one so wide that anybody could be in it
 */
export function chooseTrustedProxies(
  { trusted_proxies: configured, insecure_trust_all_proxies: trustsAll }: Configuration,
  environment: Environment,
  announce: (line: string) => void,
): TrustedProxies | undefined {
  const header = configured?.header === 'Forwarded' ? 'forwarded' : 'x-forwarded-for';
  const { texts, inEnvironment } = findProxies(configured, environment);
  const networks: Network[] = [];
  const faults: ConfigurationFault[] = [];
  for (const [index, text] of texts.entries()) {
    const path = inEnvironment ? [] : ['trusted_proxies', index];
    const network = parseNetwork(text);
    if (network === undefined) faults.push(notNetwork(text, path, inEnvironment));
    else if (network.prefix < shortestPrefix[network.family] && !trustsAll) faults.push(tooWide(text, path));
    else networks.push(network);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  if (trustsAll) {
    announce(
      'INSECURE: insecure_trust_all_proxies believes ANYBODY about the address that a request comes from: in the audit trail, in limits, in policies.',
    );
    return { header, isTrusted: () => true };
  }
  return networks.length === 0 ? undefined : { header, isTrusted: createNetworkMatcher(networks) };
}

/** Whether a proxy is named, and so brings here whoever reaches it. */
export function namesProxies(configuration: Configuration, environment: Environment): boolean {
  const { trusted_proxies: configured, insecure_trust_all_proxies: trustsAll } = configuration;
  return trustsAll || findProxies(configured, environment).texts.length > 0;
}

function findProxies(configured: Configuration['trusted_proxies'], environment: Environment) {
  if (configured === undefined) return { texts: listIn(environment['TRUSTED_PROXIES']), inEnvironment: true };
  return { texts: configured.addresses, inEnvironment: false };
}

function notNetwork(text: string, path: readonly (string | number)[], inEnvironment: boolean): ConfigurationFault {
  return {
    path,
    message: `${inEnvironment ? 'TRUSTED_PROXIES: ' : ''}${JSON.stringify(text)} is neither an address nor a network`,
    remedy: 'Write addresses and networks: 10.0.0.5, 10.0.0.0/8, 2001:db8::/32. Names are not looked up.',
  };
}

function tooWide(text: string, path: readonly (string | number)[]): ConfigurationFault {
  return {
    path,
    message: `${JSON.stringify(text)} is so wide that anybody could say where a request comes from`,
    remedy:
      'Name the proxies that stand directly in front. To believe everybody all the same: "insecure_trust_all_proxies": true.',
  };
}
