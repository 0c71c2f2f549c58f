import type { Auth, CredentialFunction } from '../credentials/auth.js';
import type { SessionEnd } from '../session/session-keeper.js';
import type { SessionStore } from '../session/session-store.js';
import type { WebSocketConstructor } from '../socket/web-socket.js';
import type { RetryOptions } from './retry.js';

/** Header fields, in each form that `fetch` takes. */
export type HeaderSource =
  | Headers
  | Readonly<Record<string, string | undefined>>
  | readonly (readonly [string, string])[];

type CookieMode = 'omit' | 'same-origin' | 'include';

/** How a client is made. AgentFlow's client has the first eight. */
export interface AgentFlowClientOptions {
  /** `https://agents.example.com`, with a path where the server stands under one. In a browser also relative to the page. */
  readonly baseUrl: string;
  /** A bearer token, where there is neither `auth` nor an `Authorization` among the headers. */
  readonly authToken?: string | null | undefined;
  /** A credential, or the function that gives one and is asked again when it is refused or about to expire. */
  readonly auth?: Auth | CredentialFunction | null | undefined;
  /** Where a session is kept that `auth.login` has begun: in memory, and nowhere else. */
  readonly sessionStore?: SessionStore | undefined;
  /** Called once when somebody is not signed in any more, whatever the reason. */
  readonly onSessionEnd?: ((end: SessionEnd) => void) | undefined;
  /** Of every request. */
  readonly headers?: HeaderSource | undefined;
  /** Whether a browser sends cookies: as `fetch` has it. */
  readonly credentials?: CookieMode | undefined;
  /** Milliseconds for one call: 300 000. 0: no limit. */
  readonly timeout?: number | undefined;
  /** Tells each request and its status on the console, or to a function: never a body, never a credential. */
  readonly debug?: boolean | ((line: string) => void) | undefined;
  /** For `wsStream` where there is no global `WebSocket`: Node before 22. */
  readonly webSocketImpl?: WebSocketConstructor | undefined;
  /** Milliseconds that a stream may be silent after its first byte. 0, which is the default: no limit. */
  readonly idleTimeout?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  /** In the place of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** The options, read. */
export interface Settings {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly credentials: CookieMode | undefined;
  readonly timeout: number;
  readonly idleTimeout: number;
  readonly retry: RetryOptions;
  readonly tell: (line: string) => void;
  readonly fetch: typeof globalThis.fetch;
}

/** @throws {TypeError} for an address that is none */
export function readSettings(options: AgentFlowClientOptions): Settings {
  return {
    baseUrl: readBaseUrl(options.baseUrl),
    headers: listHeaders(options.headers),
    credentials: options.credentials,
    timeout: options.timeout ?? 300_000,
    idleTimeout: options.idleTimeout ?? 0,
    retry: options.retry ?? {},
    tell: readTell(options.debug),
    // Looked up when it is called: a test, or a tracer, may put another in its place.
    fetch: options.fetch ?? ((...request) => globalThis.fetch(...request)),
  };
}

function readBaseUrl(given: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  let url: URL;
  try {
    url = new URL(given, page);
  } catch {
    throw new TypeError(`baseUrl is no address: ${JSON.stringify(given)}. Write it as https://agents.example.com`);
  }
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new TypeError(
      'baseUrl must begin with http:// or https://, and holds no credential: that is what auth is for',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function listHeaders(headers: HeaderSource | undefined): readonly (readonly [string, string])[] {
  if (headers === undefined) return [];
  const entries = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return entries.flatMap(([name, value]) => (name === undefined || value === undefined ? [] : [[name, value]]));
}

function readTell(debug: AgentFlowClientOptions['debug']): Settings['tell'] {
  if (typeof debug === 'function') return debug;
  // biome-ignore lint/suspicious/noConsole: this is what was asked for
  return debug === true ? (line) => console.debug(`AgentFlowClient: ${line}`) : () => {}; // oxlint-disable-line eslint/no-console
}
