import { CredentialSource } from '../credentials/credential-source.js';
import { ProtocolError } from '../errors/error-classes.js';
import { isObject } from '../json.js';
import { SessionKeeper } from '../session/session-keeper.js';
import { type PathValues, type QueryValues, writePath } from './address.js';
import type { CallOptions } from './call-options.js';
import { Exchange, type Outgoing } from './exchange.js';
import type { RouteAnswer } from './route-answers.js';
import { type PathParameter, type RouteKey, repeatableRoutes } from './routes.js';
import { type AgentFlowClientOptions, readSettings, type Settings } from './settings.js';

/** What a route is asked with: its path's ids, which the types know, a query and a body. */
export type RouteRequest<K extends RouteKey> = CallOptions & {
  readonly query?: QueryValues | undefined;
  /** JSON, or a form. */
  readonly body?: unknown;
} & ([PathParameter<K>] extends [never]
    ? { readonly path?: undefined }
    : { readonly path: Readonly<Record<PathParameter<K>, string | number>> });

/** What a route is asked with, and how. */
type Asked = Omit<Partial<Outgoing>, 'method' | 'path' | 'isRepeatable'> & {
  readonly path?: PathValues | undefined;
  readonly query?: QueryValues | undefined;
};

type LooseRequest = CallOptions & Pick<Asked, 'path' | 'query' | 'body'>;

/** Calls a route, as the methods of the client do. */
export type Ask = <K extends RouteKey>(route: K, asked: Asked, options?: CallOptions) => Promise<RouteAnswer<K>>;

/** A request that waits for another token waits no longer than this: milliseconds. */
const refreshTimeout = 30_000;

/** Calls any route, by its name in the server's table. */
export abstract class Api {
  /** Without the headers: whoever prints a client should not print a credential. */
  protected readonly settings: Omit<Settings, 'headers'>;
  protected readonly sessionKeeper: SessionKeeper;
  protected readonly credentialSource: CredentialSource;
  protected readonly exchange: Exchange;

  constructor(options: AgentFlowClientOptions) {
    const { headers, ...settings } = readSettings(options);
    this.settings = settings;
    const hasAuthorization = headers.some(([name]) => name.toLowerCase() === 'authorization');
    const { auth, authToken } = options;
    const spare = authToken && !hasAuthorization ? ({ type: 'bearer', token: authToken } as const) : null;
    this.sessionKeeper = new SessionKeeper({
      ...{ store: options.sessionStore, onEnd: options.onSessionEnd, tell: settings.tell },
      requestRefresh: (refreshToken) => {
        const asked = { body: { refreshToken }, secrets: [refreshToken], isAnonymous: true };
        return this.ask('POST /v1/auth/refresh', asked, { timeout: refreshTimeout });
      },
    });
    this.credentialSource = new CredentialSource(auth ?? spare, this.sessionKeeper);
    this.exchange = new Exchange({ ...settings, headers }, this.credentialSource);
  }

  /**
   * Any route of the server, also those without a method here: `client.request('GET /v1/policies', { query: { search: 'alice' } })`.
   * @throws {AgentFlowError}
   */
  async request<K extends RouteKey>(
    route: K,
    ...[options]: [PathParameter<K>] extends [never] ? [RouteRequest<K>?] : [RouteRequest<K>]
  ): Promise<RouteAnswer<K>> {
    const { path, query, body, ...call } = (options ?? {}) as LooseRequest;
    return this.ask(route, { path, query, body }, call);
  }

  protected readonly ask: Ask = async (route, { path, query, ...asked }, options) => {
    const outgoing = { ...this.outgoing(route, path, query), ...asked };
    const answer = await this.exchange.json(outgoing, options);
    if (!isObject(answer)) {
      const facts = { code: 'MALFORMED_ANSWER', status: 200, endpoint: route };
      throw new ProtocolError('The answer is not an object: is this the address of the server itself?', facts);
    }
    return answer as RouteAnswer<typeof route>;
  };

  protected outgoing(route: RouteKey, path?: PathValues, query?: QueryValues, body?: unknown) {
    const [method = '', template = ''] = route.split(' ');
    const isRepeatable = method === 'GET' || repeatableRoutes.has(route);
    return { method, path: writePath(template, path, query), body, isRepeatable };
  }
}
