import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ClientMetadata, type Configuration, errors, type JWK, Provider } from 'oidc-provider';
import { afterAll, beforeAll } from 'vitest';
import { createFormVisitor } from './form-visitor.js';
import { listenToComeBack } from './free-port.js';
import { generateKeys } from './key-pairs.js';

/*
 * A real identity provider on this machine: `oidc-provider`, which is certified by the OpenID Foundation. It signs anybody in whose name
 * is typed into its form, and grants whatever is asked for, so that a browser, a terminal and a test can all get through.
 */

/** Where a token is for: its access tokens are JWTs with `typ` "at+jwt" (RFC 9068). */
export const jwtResource = 'https://api.example.test';

/** The same, with access tokens of which nobody but the provider knows what they mean. */
export const opaqueResource = 'https://opaque.example.test';

/** What may be asked for at either resource, beside `openid`, `profile`, `email` and `offline_access`. */
export const resourceScopes =
  'graph:read graph:invoke graph:stream session:read session:write checkpointer:read checkpointer:write api-key:read api-key:write';

/** A client that the provider knows from the start. */
export interface KnownClient {
  readonly id: string;
  readonly secret: string;
}

const known = (id: string): KnownClient => ({ id, secret: randomBytes(32).toString('hex') });

export interface IdentityProviderOptions {
  /** What its access tokens say of somebody, beside `sub`: `{roles: ['editor']}`. For a client without a user, by the client's id. */
  readonly claimsOf?: (subject: string) => Readonly<Record<string, unknown>>;
  /** Seconds that an access token lives. */
  readonly accessTokenSeconds?: number;
  /** Further clients, such as the one that agentflow itself is: with the redirect URIs that it has. */
  readonly clients?: readonly ClientMetadata[];
  /** Whatever else `oidc-provider` takes. */
  readonly configuration?: Configuration;
}

/** What a test asks for. */
export interface TokenRequest {
  /** {@link jwtResource} unless told otherwise. */
  readonly resource?: string;
  readonly scope?: string;
}

export interface ProviderTokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** A request that arrived at the provider. */
export interface ProviderRequest {
  readonly method: string;
  readonly path: string;
}

/** May be asked from within a test, not before. */
export interface IdentityProvider {
  /** `http://127.0.0.1:40123`, and its "iss". */
  readonly issuer: string;
  /** May get tokens for itself (client_credentials), by `client_secret_basic`. */
  readonly service: KnownClient;
  /** May ask what tokens are worth (introspection) and take back its own; gets none for itself. */
  readonly resourceServer: KnownClient;
  /** Public; authorization code with PKCE and device code. Redirects to `http://127.0.0.1/callback`, at any port (RFC 8252 §7.3). */
  readonly application: { readonly id: string; readonly redirectUri: string };
  /** Everything that it was asked, by whomever. */
  readonly requests: readonly ProviderRequest[];
  requestsTo(path: string): number;
  /** How it answers a path from now on, in its own place; undefined: itself again. For what a real one does only in trouble. */
  answerInstead(path: string, answer: ((response: ServerResponse) => unknown) | undefined): void;
  /** Tokens for `service` itself. */
  serviceToken(request?: TokenRequest): Promise<ProviderTokens>;
  /** Signs somebody in at `application`, by authorization code with PKCE, as a browser would. */
  userTokens(login: string, request?: TokenRequest): Promise<ProviderTokens>;
  /** Does at `verification_uri_complete` what somebody does who signs a terminal in. */
  approveDevice(verificationUri: string, login: string): Promise<void>;
  /** RFC 7009, by the client that the token was issued to. */
  revoke(token: string, client?: KnownClient): Promise<void>;
  /** Adds a client, or replaces the one of this id: redirect URIs may be known only once a server listens. */
  register(client: ClientMetadata): Promise<void>;
  /** The key that signs from now on, and whether the former are still published. It forgets all that it has issued. */
  rotateKeys(options: { readonly keepFormer: boolean }): void;
  /** Stops listening; whoever asks is refused. */
  stop(): Promise<void>;
  /** Listens again, where it did. */
  resume(): Promise<void>;
}

/** Starts it before the tests of the file or block it is called in. */
export function identityProvider(options: IdentityProviderOptions = {}): IdentityProvider {
  const [service, resourceServer] = [known('service'), known('resource-server')];
  const application = { id: 'application', redirectUri: 'http://127.0.0.1/callback' };
  const clients = [...clientsOf(service, resourceServer, application), ...(options.clients ?? [])];
  const keys: JWK[] = [createSigningKey()];
  const requests: ProviderRequest[] = [];
  const instead = new Map<string, (response: ServerResponse) => unknown>();
  let issuer = '';
  let provider: Provider | undefined;
  const server = createServer((request, response) => answer(request, response));

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').replace(/\?.*/, '');
    requests.push({ method: request.method ?? '', path });
    const scripted = instead.get(path);
    if (scripted !== undefined) scripted(response);
    else void provider?.callback()(request, response);
  }

  function begin(): void {
    provider = createProvider(issuer, { clients, keys, options });
  }

  beforeAll(async () => {
    issuer = `http://127.0.0.1:${await listenToComeBack(server)}`;
    begin();
  });
  afterAll(() => close(server));

  const parts = { origin: () => issuer, service, application };
  return {
    service,
    resourceServer,
    application,
    requests,
    get issuer() {
      return issuer;
    },
    requestsTo: (path) => requests.filter((request) => request.path === path).length,
    answerInstead(path, script) {
      if (script === undefined) instead.delete(path);
      else instead.set(path, script);
    },
    ...tokenRequests(parts),
    async register(client) {
      const at = clients.findIndex(({ client_id: id }) => id === client.client_id);
      clients.splice(at === -1 ? clients.length : at, 1, client);
      begin();
    },
    rotateKeys({ keepFormer }) {
      if (!keepFormer) keys.length = 0;
      keys.unshift(createSigningKey());
      begin();
    },
    stop: () => close(server),
    async resume() {
      await listen(server, Number(new URL(issuer).port));
    },
  };
}

function clientsOf(
  service: KnownClient,
  resourceServer: KnownClient,
  application: IdentityProvider['application'],
): ClientMetadata[] {
  const secret = ({ id, secret }: KnownClient) => ({ client_id: id, client_secret: secret });
  const withoutUser = { redirect_uris: [], response_types: [] };
  return [
    { ...secret(service), ...withoutUser, grant_types: ['client_credentials'] },
    { ...secret(resourceServer), ...withoutUser, grant_types: [] },
    {
      client_id: application.id,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: [application.redirectUri],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
  ];
}

function createSigningKey(): JWK {
  const { privateKey } = generateKeys('ec', { namedCurve: 'P-256' });
  const kid = randomBytes(8).toString('hex');
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), kid, use: 'sig', alg: 'ES256' };
}

interface ProviderParts {
  readonly clients: readonly ClientMetadata[];
  readonly keys: readonly JWK[];
  readonly options: IdentityProviderOptions;
}

function createProvider(issuer: string, { clients, keys, options }: ProviderParts): Provider {
  const { claimsOf = () => ({}), accessTokenSeconds = 3600, configuration } = options;
  const lifetime = () => accessTokenSeconds;
  const provider = new Provider(issuer, {
    clients: [...clients],
    jwks: { keys: [...keys] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    claims: { profile: ['name', 'preferred_username'], email: ['email', 'email_verified'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => jwtResource,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, resource) => resourceServerOf(resource),
      },
    },
    // Whoever may have one gets one: asking for "offline_access" would need a prompt (OpenID Connect Core §11).
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: () => true },
    ttl: { AccessToken: lifetime, ClientCredentials: lifetime, Session: 3600, Grant: 3600, Interaction: 600 },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, subject) => ({
      accountId: subject,
      claims: () => ({
        ...{ sub: subject, name: subject, preferred_username: subject },
        ...{ email: `${subject}@example.test`, email_verified: true },
      }),
    }),
    extraTokenClaims: (_context, token) => claimsOf(token.kind === 'AccessToken' ? token.accountId : 'service'),
    // Whatever is asked for is granted: a test is about what comes of it.
    async loadExistingGrant({ oidc }) {
      const { client, session, params } = oidc;
      const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
      const scope = typeof params?.['scope'] === 'string' ? params['scope'] : '';
      grant.addOIDCScope(`openid offline_access profile email ${scope}`);
      for (const resource of [jwtResource, opaqueResource]) grant.addResourceScope(resource, resourceScopes);
      await grant.save();
      return grant;
    },
    ...configuration,
  });
  provider.use(signIn(provider));
  return provider;
}

function resourceServerOf(resource: string) {
  if (resource !== jwtResource && resource !== opaqueResource) throw new errors.InvalidTarget();
  return {
    scope: resourceScopes,
    audience: resource,
    accessTokenFormat: resource === jwtResource ? ('jwt' as const) : ('opaque' as const),
    ...(resource === jwtResource && { jwt: { sign: { alg: 'ES256' as const } } }),
  };
}

/** A form that believes whatever name is typed into it. */
function signIn(provider: Provider): Parameters<Provider['use']>[0] {
  return async (context, next) => {
    if (!context.path.startsWith('/interaction/')) return next();
    if (context.method === 'POST') {
      let body = '';
      for await (const chunk of context.req) body += String(chunk);
      const accountId = new URLSearchParams(body).get('login') ?? '';
      return provider.interactionFinished(context.req, context.res, { login: { accountId }, consent: {} });
    }
    const { uid } = await provider.interactionDetails(context.req, context.res);
    context.type = 'html';
    context.body = `<!doctype html><title>Sign in</title><form method="post" action="/interaction/${uid}">
<label>Name <input name="login" autofocus></label> <button type="submit">Sign in</button></form>`;
  };
}

interface RequestParts extends Pick<IdentityProvider, 'service' | 'application'> {
  readonly origin: () => string;
}

type TokenRequests = Pick<IdentityProvider, 'serviceToken' | 'userTokens' | 'approveDevice' | 'revoke'>;

function tokenRequests({ origin, service, application }: RequestParts): TokenRequests {
  async function post(path: string, fields: Readonly<Record<string, string>>, client?: KnownClient) {
    const basic = client && `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`;
    const response = await fetch(`${origin()}${path}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: basic === undefined ? {} : { Authorization: basic },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }

  const asTokens = async (response: Response) => (await response.json()) as ProviderTokens;
  return {
    async serviceToken({ resource = jwtResource, scope = resourceScopes } = {}) {
      return asTokens(await post('/token', { grant_type: 'client_credentials', resource, scope }, service));
    },
    async userTokens(login, { resource = jwtResource, scope = `openid ${resourceScopes}` } = {}) {
      const { redirectUri, id } = application;
      const verifier = randomBytes(32).toString('base64url');
      const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url');
      const query = new URLSearchParams({
        ...{ client_id: id, response_type: 'code', redirect_uri: redirectUri, scope, resource },
        ...{ code_challenge: challenge, code_challenge_method: 'S256', state: 'state' },
      });
      const visitor = createFormVisitor({ login });
      const end = await visitor.visit(`${origin()}/auth?${query.toString()}`);
      const code = new URL(end.url).searchParams.get('code');
      if (code === null) throw new Error(`no code: ${end.url} ${end.text}`);
      const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
      return asTokens(await post('/token', { ...fields, client_id: id, resource }));
    },
    async approveDevice(verificationUri, login) {
      const { status, text } = await createFormVisitor({ login }).visit(verificationUri);
      if (status !== 200 || !/sign-in success/i.test(text)) throw new Error(`not approved: ${status} ${text}`);
    },
    async revoke(token, client) {
      const of = client === undefined ? { client_id: application.id } : {};
      await post('/token/revocation', { token, ...of }, client);
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
