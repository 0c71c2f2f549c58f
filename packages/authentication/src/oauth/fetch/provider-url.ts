import { ConfigurationError, isLoopbackAddress } from '@agentflow/core';

type Path = readonly (string | number)[];

export interface UrlRules {
  /** The option in which it stands. */
  readonly key: string;
  readonly path: Path;
  readonly insecureHttp: boolean;
  /** What goes wrong without TLS: "would send tokens to". */
  readonly inTheClear: string;
  readonly example: string;
}

/**
 * Reads an address that the configuration names. Nothing that a caller sends, and no redirect, can change it. WHATWG's rules make one
 * spelling of the many that an IPv4 address has, so that what is looked at afterwards is what is connected to.
 * @throws {ConfigurationError} with what is wrong with it
 */
export function readProviderUrl(text: string, { key, path, insecureHttp, inTheClear, example }: UrlRules): URL {
  const refuse = (message: string, remedy: string) => new ConfigurationError([{ path, message, remedy }]);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw refuse(`"${key}" is not the address of a web endpoint`, `For example: ${example}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(`"${key}" holds a name or password`, 'Send it in "headers", from a variable.');
  }
  if (url.hash !== '') throw refuse(`"${key}" has a fragment, which is not sent`, 'Remove it.');
  if (url.protocol === 'http:' && !isLoopbackAddress(url.hostname) && !insecureHttp) {
    throw refuse(
      `"${key}" ${inTheClear} ${url.hostname} in the clear`,
      'Use https. If the way there is safe all the same: "insecure_http": true.',
    );
  }
  return url;
}

/** Whether an address that the configuration names is told to be this machine, whatever its name may resolve to. */
export function isOwnMachine({ hostname }: URL): boolean {
  return isLoopbackAddress(hostname);
}

/** A host that is no name: nothing has to be looked up, and nobody can make it another. */
export function literalAddress({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[|\]$/g, '');
  return /^[\d.]+$|:/.test(host) ? host : undefined;
}
