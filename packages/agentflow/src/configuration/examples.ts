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
  files: {
    agent: 'graph/react.ts:app',
    auth: 'jwt',
    files: { max_size: '10MB', quota: '500MB', types: ['image/png', 'image/jpeg', 'application/pdf'], url_ttl: '5m' },
  },
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
  },
  oauth: { method: 'oauth', verify_url: 'https://login.example.com/verify', fields: { roles: 'realm_access.roles' } },
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
