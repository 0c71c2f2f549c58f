/** What the reference shows of each key. Each is a good file; a test keeps it so. */
export const fileExamples: Readonly<Record<string, object>> = {
  $schema: { $schema: './node_modules/agentflow/schema/agentflow.schema.json', agent: 'graph/react.ts:app' },
  agent: { agent: 'graph/react.ts:app' },
  auth: { agent: 'graph/react.ts:app', auth: ['jwt', 'graph/auth.ts:ApiKeyAuth'] },
  authorization: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    authorization: ['ownership', 'graph/auth.ts:WorkingHours'],
  },
  guard: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    authorization: { method: 'roles', roles: { user: ['graph:*'], chief: ['graph:*', 'tool:use'] } },
    guard: ['tool'],
  },
  remote_tools: {
    agent: 'graph/react.ts:app',
    remote_tools: [
      {
        node: 'tools',
        name: 'read_page',
        description: 'Reads the page that the user is looking at.',
        parameters: { type: 'object', properties: { part: { type: 'string' } } },
      },
    ],
  },
  scopes: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    scopes: { 'workflow:trigger': ['graph:invoke', 'graph:stream'] },
  },
  env: { agent: 'graph/react.ts:app', env: 'secrets.env' },
  database: {
    agent: 'graph/react.ts:app',
    database: { url: `\${DATABASE_URL}`, schema: 'agents', max_connections: 20 },
  },
  redis: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    redis: { url: 'redis://redis.internal:6379', prefix: 'my-agent:' },
  },
  rate_limit: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    rate_limit: {
      ...{ requests_per_minute: 120, burst: 20, address: { requests_per_minute: 2000, burst: 200 } },
      routes: { 'graph:invoke': { requests_per_minute: 20, burst: 5 } },
      sign_in: { attempts: 5, interval: '2m' },
    },
  },
  files: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    files: { max_size: '10MB', quota: '500MB', types: ['image/png', 'image/jpeg', 'application/pdf'], url_ttl: '5m' },
  },
  public_url: { agent: 'graph/react.ts:app', public_url: 'https://agents.example.com' },
  trusted_proxies: { agent: 'graph/react.ts:app', auth: 'jwt', trusted_proxies: ['10.0.0.0/8', 'fd00::/8'] },
  insecure_trust_all_proxies: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    trusted_proxies: ['0.0.0.0/0'],
    insecure_trust_all_proxies: true,
  },
  cors: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    cors: { origins: ['https://app.example.com'], max_age: '1h' },
  },
  websocket: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    websocket: { max_connections: 500, max_connections_per_user: 5, idle_timeout: '30m' },
  },
  webhooks: {
    agent: 'graph/react.ts:app',
    webhooks: {
      'github-issues': {
        secret: { env: 'GITHUB_WEBHOOK_SECRET' },
        format: 'github',
        thread: { pointer: '/issue/number' },
        input: 'Somebody says about an issue: {{/issue/title}}\n\n{{/issue/body}}',
      },
    },
  },
  shutdown_grace: { agent: 'graph/react.ts:app', shutdown_grace: '30s' },
  thread_wait: { agent: 'graph/react.ts:app', thread_wait: '1m' },
  stream_buffer: { agent: 'graph/react.ts:app', stream_buffer: 262_144 },
  recheck_interval: { agent: 'graph/react.ts:app', recheck_interval: '2s' },
};

/** Of each backend one entry, as it stands under `auth`. */
export const authExamples: Readonly<Record<string, object>> = {
  jwt: {
    method: 'jwt',
    public_key: { file: 'keys/issuer.pem' },
    issuer: 'https://login.example.com',
    audience: 'my-agent',
  },
  api_key: {
    method: 'api_key',
    keys: [{ id: 'ci', key: { env: 'CI_KEY' }, subject: 'ci', roles: ['builder'], scopes: ['graph:invoke'] }],
    issued: { environment: 'live', max_keys: 10, ttl: '180d', rotate_after: '60d' },
  },
  oauth: {
    method: 'oauth',
    issuer: 'https://login.example.com',
    audience: 'https://agents.example.com',
    claims: { roles: 'realm_access.roles' },
    resource: 'https://agents.example.com',
  },
  login: {
    ...{ method: 'login', token_ttl: '10m', idle_timeout: '14d' },
    providers: {
      google: {
        ...{ issuer: 'https://accounts.google.com', client_id: '1234.apps.googleusercontent.com' },
        ...{ client_secret: { env: 'GOOGLE_CLIENT_SECRET' }, title: 'Google' },
        ...{ roles: ['user'], allow: { domains: ['example.com'] } },
      },
      staff: {
        ...{ issuer: 'https://login.example.com', client_id: 'agentflow', device: true },
        roles: { claim: 'groups', map: { editors: ['editor'] }, always: ['user'] },
      },
    },
  },
  basic: { method: 'basic', username: 'builder', password: { env: 'BUILDER_PASSWORD' }, roles: ['builder'] },
  custom: { method: 'custom', path: 'graph/auth.ts:ApiKeyAuth', deadline: '3s' },
};

/** Of each backend one entry, as it stands under `authorization`. */
export const authorizationExamples: Readonly<Record<string, object>> = {
  ownership: { method: 'ownership', administrator_role: 'admin' },
  roles: {
    method: 'roles',
    roles: { user: ['graph:invoke', 'threads:*'], auditor: ['*:read'] },
    inherits: { auditor: ['user'] },
    default_role: 'user',
  },
  casbin: { method: 'casbin', policy: 'policy.csv' },
  custom: { method: 'custom', path: 'graph/auth.ts:RoleBasedAuthorization' },
  'insecure-allow-all': { method: 'insecure-allow-all' },
};
