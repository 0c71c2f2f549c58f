import { ConfigurationError, type ConfigurationFault, isLoopbackAddress, UnavailableError } from '@agentflow/core';
import type { LoadedConfiguration } from '../configuration/load-configuration.js';

/** Where the server listens, once it does. */
export interface ListeningAddress {
  /** `http://127.0.0.1:8000` */
  url: string | undefined;
}

/**
 * Under which address those outside know this server: `public_url` in the file, else PUBLIC_URL, else where it listens if only this machine can
 * reach it there. Never what a request says (`Host`), which is anybody's to write. Undefined where nothing says it.
 * @throws {ConfigurationError} for what is no such address
 */
export function choosePublicUrl(
  { configuration, environment }: Pick<LoadedConfiguration, 'configuration' | 'environment'>,
  { host, listening }: { readonly host: string; readonly listening: ListeningAddress },
): { readonly text: string | undefined; readonly ask: (() => string) | undefined } {
  const named = configuration.public_url ?? (environment['PUBLIC_URL'] || undefined);
  if (named !== undefined) {
    const fault = findFault(named, configuration.public_url === undefined ? [] : ['public_url']);
    if (fault !== undefined) throw new ConfigurationError([fault]);
    const text = named.replace(/\/+$/, '');
    return { text, ask: () => text };
  }
  if (!isLoopbackAddress(host)) return { text: undefined, ask: undefined };
  const ask = () => {
    if (listening.url === undefined) throw new UnavailableError({ reason: 'the server does not listen yet' });
    return listening.url;
  };
  return { text: undefined, ask };
}

function findFault(text: string, path: readonly string[]): ConfigurationFault | undefined {
  const name = path.length === 0 ? 'PUBLIC_URL' : '"public_url"';
  const fault = (message: string) => ({
    path,
    message: `${name} ${message}`,
    remedy: 'For example: https://agents.example.com',
  });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return fault('is not the address of a web server');
  if (url.username !== '' || url.password !== '') return fault('holds a name or password');
  if (url.search !== '' || url.hash !== '')
    return fault('has a query or a fragment, and the address of a server has none');
  if (!/^(?:\/[\w.~-]+)*\/*$/.test(url.pathname)) return fault('has a path that is more than names');
  if (url.protocol === 'http:' && !isLoopbackAddress(url.hostname))
    return fault('is not https: credentials would go there in the clear');
  return undefined;
}
