import { invalid, type LoadedConfiguration } from '../configuration/load-configuration.js';

/** What the command line says about where to serve, and whom. */
export interface ListenFlags {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly insecureNoAuth?: boolean | undefined;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Serves strangers without asking who they are. */
  readonly insecureNoAuth: boolean;
}

/**
 * The command line, else the environment, else this machine.
 * @throws {InvalidConfigurationError} if the port is none
 */
export function readListening(
  { host, port, insecureNoAuth = false }: ListenFlags,
  loaded: LoadedConfiguration,
): Listening {
  const { configuration, environment } = loaded;
  return {
    host: host ?? (environment['HOST'] || '127.0.0.1'),
    port:
      port === undefined ? readPort(environment['PORT'] || '8000', 'PORT', loaded) : readPort(port, '--port', loaded),
    // With `auth`, everybody is asked.
    insecureNoAuth:
      configuration.auth === undefined && (insecureNoAuth || environment['AGENTFLOW_INSECURE_NO_AUTH'] === '1'),
  };
}

function readPort(text: string, source: string, loaded: LoadedConfiguration): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  const message = `${source} is ${JSON.stringify(text)}, which is no port`;
  throw invalid(loaded.source, [
    { path: [], message, remedy: 'A port is a number from 0 to 65535; 0 takes any that is free.' },
  ]);
}
