import { join } from 'node:path';
import { exampleGraph, root } from '../harness/project.js';

/** A configuration that must not be served, and what its operator must read. */
export interface FaultyConfiguration {
  readonly what: string;
  /** The text of the file, or what is written as JSON with two spaces. */
  readonly file: string | object;
  /** Beside the secret that is there. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `line:column` in the file; absent where the fault is not in the file. */
  readonly at?: string;
  /** Names the variable where the fault is in one. */
  readonly message: RegExp;
  readonly remedy: RegExp;
}

const agent = exampleGraph;
const plain = `${join(root, 'test/graphs/plain.ts')}:invoking`;
const text = (...lines: string[]) => lines.join('\n');
const auth = (more: object | string) => ({ agent, auth: more });
const jwt = (more: object) => auth({ method: 'jwt', ...more });
const apiKey = (more: object) => auth({ method: 'api_key', ...more });
const oauth = (more: object) => auth({ method: 'oauth', ...more });
const custom = (path: string, more: object = {}) => auth({ method: 'custom', path, ...more });
const authorization = (more: unknown) => ({ agent, auth: 'jwt', authorization: more });
const roles = { user: ['graph:*'] };
// Made up, and of the strength that is asked for.
const key = 'c2a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09';

/** The files that the configurations below name. */
export const files: Readonly<Record<string, string>> = {
  'plugins.ts': text(
    'export class Fine { authenticate() { return null; } authorize() { return true; } }',
    'export class Throws { constructor() { throw new Error("no database"); } }',
    'export class Splits { authenticate() {} challenge() { return { scheme: "A B", parameters: {} }; } authorize() {} describe() { return 7; } }',
    'export class Waits { ready = Promise.resolve(); authorize() { return true; } }',
    'export const text = "not a backend";',
    'export async function factory() { return new Fine(); }',
    'export const instance = new Fine();',
  ),
  'broken.ts': 'export const x = ;',
  'throws.ts': 'throw new Error("at import");\nexport const app = 1;',
  'commonjs.cjs': 'exports.Auth = class { authenticate() { return null; } };',
  'plain.mjs': 'export class Auth { authenticate() { return null; } }',
  'no-key.pem': 'not a key',
  'keys.json': '[{"id": "a", "key": "short", "subject": "alice"}]',
  'good.csv': 'p, user, graph, invoke\n',
  'faulty.csv': 'p, user, graph, invoke\n\np, user, graf, invoke\n',
  'model.conf': '[request_definition]\nr = sub, obj\n',
};

const theFile: readonly FaultyConfiguration[] = [
  { what: 'not JSON', file: '{"agent": ', at: '1:11', message: /a value is expected here/, remedy: /double quotes/ },
  {
    what: 'a comment',
    file: text('{', '  // mine', `  "agent": "${agent}"`, '}'),
    at: '2:3',
    message: /not JSON: a comment/,
    remedy: /no comments: remove it/,
  },
  {
    what: 'a trailing comma',
    file: text('{', `  "agent": "${agent}",`, '  "auth": "jwt",', '}'),
    at: '3:16',
    message: /nothing follows this comma/,
    remedy: /Remove the comma/,
  },
  {
    what: 'a key twice',
    file: text('{', `  "agent": "${agent}",`, '  "auth": "jwt",', '  "auth": null', '}'),
    at: '4:3',
    message: /the key "auth" stands twice/,
    remedy: /Keep one/,
  },
  { what: 'no object', file: '[]', at: '1:1', message: /must hold a JSON object/, remedy: /\{"agent": / },
  {
    what: 'no agent',
    file: { auth: 'jwt' },
    at: '1:1',
    message: /"agent" is missing/,
    remedy: /The graph: "graph\/react\.ts:app"/,
  },
  {
    what: 'an agent of a wrong type',
    file: { agent: 42 },
    at: '2:3',
    message: /"agent" must be a text, not a number/,
    remedy: /The graph/,
  },
  {
    what: 'an unknown key',
    file: { agent, auht: 'jwt' },
    at: '3:3',
    message: /unknown key "auht"/,
    remedy: /Did you mean "auth"\?/,
  },
  {
    what: 'a key that would protect, and does not yet',
    file: { agent, rate_limit: { requests: 5 } },
    at: '3:3',
    message: /"rate_limit" is not supported/,
    remedy: /Remove it/,
  },
  {
    what: 'what goes on is never looked at again',
    file: { agent, recheck_interval: '0s' },
    at: '3:3',
    message: /must be longer than 0s/,
    remedy: /How soon a run/,
  },
  {
    what: 'a remote tool with a name that no model takes',
    file: { agent, remote_tools: [{ node: 'tools', name: 'read page' }] },
    at: '6:7',
    message: /must be 1 to 64 letters, digits, "_" and "-"/,
    remedy: /By which the model calls it/,
  },
  {
    what: 'a remote tool with arguments that are no object',
    file: { agent, remote_tools: [{ node: 'tools', name: 'page', parameters: { type: 'string' } }] },
    at: '7:7',
    message: /must be a JSON Schema of "type": "object"/,
    remedy: /JSON Schema of its arguments/,
  },
  {
    what: 'a remote tool twice',
    file: { agent, remote_tools: Array(2).fill({ node: 'tools', name: 'page' }) },
    at: '3:3',
    message: /must not have two tools of one name for one node/,
    remedy: /Tools that run in the client/,
  },
  {
    what: 'a remote tool with the name of one of the graph',
    file: { agent, remote_tools: [{ node: 'tools', name: 'calculate' }] },
    at: '6:7',
    message: /the graph has a tool "calculate" of its own/,
    remedy: /Choose another name/,
  },
  {
    what: 'remote tools of a graph that cannot wait',
    file: { agent: plain, remote_tools: [{ node: 'graph', name: 'page' }] },
    at: '3:3',
    message: /cannot wait for a client to run tools/,
    remedy: /Leave "remote_tools" out/,
  },
  {
    what: 'a duration that is none',
    file: { agent, thread_wait: 'soon' },
    at: '3:3',
    message: /must be a duration such as/,
    remedy: /How long a run waits/,
  },
  {
    what: 'a duration beyond reason',
    file: { agent, shutdown_grace: '6m' },
    at: '3:3',
    message: /at most 300s/,
    remedy: /when the server ends/,
  },
  {
    what: 'an empty list of methods',
    file: { agent, auth: [] },
    at: '3:3',
    message: /"auth" must not be empty/,
    remedy: /How callers prove who they are/,
  },
];

const variables: readonly FaultyConfiguration[] = [
  {
    what: 'a variable that is not set',
    file: jwt({ issuer: `\${NO_SUCH}` }),
    at: '5:5',
    message: /the variable NO_SUCH is not set/,
    remedy: /Set it, or write \$\{NO_SUCH:-default\}/,
  },
  {
    what: 'an env file that is absent',
    file: { agent, env: 'secrets.env' },
    at: '3:3',
    message: /the file secrets\.env does not exist/,
    remedy: /Make it, or remove/,
  },
  {
    what: 'a mode that is none',
    file: { agent },
    env: { MODE: 'prod' },
    message: /MODE is "prod"/,
    remedy: /Correct it in the environment/,
  },
  {
    what: 'a size that is no number',
    file: { agent },
    env: { MAX_REQUEST_SIZE: '10MB' },
    message: /MAX_REQUEST_SIZE is not a number of bytes/,
    remedy: /10485760/,
  },
  {
    what: 'no secret',
    file: auth('jwt'),
    env: { JWT_SECRET_KEY: undefined },
    at: '3:3',
    message: /JWT_SECRET_KEY must be set/,
    remedy: /openssl rand -hex 32/,
  },
  {
    what: 'a secret that is too short',
    file: auth('jwt'),
    env: { JWT_SECRET_KEY: 'short-secret' },
    at: '3:3',
    message: /JWT_SECRET_KEY.* has 12 bytes; HS256 needs at least 32/,
    remedy: /openssl rand -hex 32/,
  },
  {
    what: 'an algorithm that is none, in the environment',
    file: auth('jwt'),
    env: { JWT_ALGORITHM: 'none' },
    at: '3:3',
    message: /JWT_ALGORITHM is "none"/,
    remedy: /Name one of these/,
  },
  {
    what: 'a file of a secret that is absent',
    file: auth('jwt'),
    env: { JWT_SECRET_KEY: undefined, JWT_SECRET_KEY_FILE: 'no.txt' },
    message: /no\.txt, which JWT_SECRET_KEY_FILE names, cannot be read \(ENOENT\)/,
    remedy: /openssl rand -hex 32/,
  },
  {
    what: 'no keys',
    file: auth('api_key'),
    at: '3:3',
    message: /nor API_KEY, INTERNAL_API_KEY or VALID_API_KEYS/,
    remedy: /set it as API_KEY/,
  },
  {
    what: 'a key of the environment that is too short',
    file: auth('api_key'),
    env: { API_KEY: 'short' },
    at: '3:3',
    message: /from API_KEY has 5 bytes; a key needs at least 16/,
    remedy: /openssl rand -hex 32/,
  },
  {
    what: 'a database of another kind, in the environment',
    file: { agent },
    env: { DATABASE_URL: 'mysql://a/b' },
    message: /DATABASE_URL is a URL of "mysql:"/,
    remedy: /postgres:\/\//,
  },
  {
    what: 'a file of the database that is absent',
    file: { agent },
    env: { DATABASE_URL_FILE: 'no.txt' },
    message: /DATABASE_URL_FILE names cannot be read \(ENOENT\)/,
    remedy: /remove the variable/,
  },
];

const modules: readonly FaultyConfiguration[] = [
  {
    what: 'an agent without a name',
    file: { agent: 'graph.ts' },
    at: '2:3',
    message: /is not of the form "file:name"/,
    remedy: /For example/,
  },
  {
    what: 'an agent that is not there',
    file: { agent: 'graph.ts:app' },
    at: '2:3',
    message: /graph\.ts:app: there is no such module/,
    remedy: /Looked for/,
  },
  {
    what: 'a graph that is none',
    file: { agent: 'plugins.ts:text' },
    at: '2:3',
    message: /is a string, neither a compiled LangGraph\.js graph/,
    remedy: /compile/,
  },
  {
    what: 'a module that throws',
    file: { agent: 'throws.ts:app' },
    at: '2:3',
    message: /cannot be imported:\n.*at import/,
    remedy: /Correct .*throws\.ts/,
  },
  {
    what: 'an export that is not there',
    file: custom('plugins.ts:Fin'),
    at: '5:5',
    message: /has no export "Fin"/,
    remedy: /Did you mean "Fine"/,
  },
  {
    what: 'a backend that is none',
    file: custom('plugins.ts:text'),
    at: '5:5',
    message: /has no method "authenticate"/,
    remedy: /extends BaseAuth/,
  },
  {
    what: 'a backend that cannot be made',
    file: custom('plugins.ts:Throws'),
    at: '5:5',
    message: /threw while it was made ready:\n.*no database/,
    remedy: /without arguments/,
  },
  {
    what: 'a module that does not parse',
    file: custom('broken.ts:x'),
    at: '5:5',
    message: /cannot be imported:\n.*ParseError.*\n.*broken\.ts:1:17/,
    remedy: /Correct .*broken\.ts/,
  },
  {
    what: 'a backend whose challenge is none',
    file: custom('plugins.ts:Splits'),
    at: '5:5',
    message: /what plugins\.ts:Splits says of itself cannot be used/,
    remedy: /A challenge is/,
  },
  {
    what: 'a method without its path',
    file: auth({ method: 'custom' }),
    at: '3:3',
    message: /"path" is missing/,
    remedy: /"graph\/auth\.ts:ApiKeyAuth"/,
  },
  {
    what: 'a deadline beyond reason',
    file: custom('plugins.ts:Fine', { deadline: '2m' }),
    at: '6:5',
    message: /at most 60s/,
    remedy: /How long an answer may take/,
  },
];

const jwtFaults: readonly FaultyConfiguration[] = [
  {
    what: 'an unknown method',
    file: auth('jwtt'),
    at: '3:3',
    message: /Unsupported auth method/,
    remedy: /Did you mean "jwt"\?/,
  },
  {
    what: 'an unknown key inside',
    file: jwt({ isuer: 'x' }),
    at: '5:5',
    message: /unknown key "isuer"/,
    remedy: /Did you mean "issuer"/,
  },
  {
    what: 'a tolerance beyond reason',
    file: jwt({ clock_tolerance: '6m' }),
    at: '5:5',
    message: /at most 300s/,
    remedy: /How far clocks may differ/,
  },
  {
    what: 'a secret that is a number',
    file: jwt({ secret: 42 }),
    at: '5:5',
    message: /"secret" must be an object or a text, not a number/,
    remedy: /The shared secret/,
  },
  {
    what: 'a secret from two places',
    file: jwt({ secret: { file: 'a', value: 'b' } }),
    at: '5:5',
    message: /"secret" must be a variable such as "\$\{NAME\}"/,
    remedy: /The shared secret/,
  },
  {
    what: 'an unknown key inside a secret',
    file: jwt({ previous_secrets: [{ fil: 'a' }] }),
    at: '7:9',
    message: /unknown key "fil"/,
    remedy: /Did you mean "file"/,
  },
  {
    what: 'an unknown key inside a public key',
    file: jwt({ public_key: { path: 'a.pem' } }),
    at: '6:7',
    message: /unknown key "path"/,
    remedy: /Known here: file, value, id/,
  },
  {
    what: 'an algorithm that is none',
    file: jwt({ algorithm: 'none' }),
    at: '5:5',
    message: /"algorithm" must be one of "HS256".*"EdDSA"/,
    remedy: /one algorithm that is accepted/,
  },
  {
    what: 'an id that no token may have',
    file: jwt({ secret: { value: `\${JWT_SECRET_KEY}`, id: '../x' } }),
    at: '7:7',
    message: /"id" must be 1 to 128 letters/,
    remedy: /The "kid" of the tokens/,
  },
  {
    what: 'a secret beside a public key, in the second of a list',
    file: auth(['jwt', { method: 'jwt', secret: `\${JWT_SECRET_KEY}`, public_key: 'x' }]),
    at: '8:7',
    message: /"secret" and "public_key" cannot be used by one "jwt" entry/,
    remedy: /Keep one of them; or make "auth" a list/,
  },
  {
    what: 'a public key without its issuer',
    file: jwt({ public_key: { file: 'no-key.pem' }, audience: 'us' }),
    at: '3:3',
    message: /need the "issuer"/,
    remedy: /Set "issuer" to the exact "iss"/,
  },
  {
    what: 'a public key without its audience',
    file: jwt({ public_key: { file: 'no-key.pem' }, issuer: 'me' }),
    at: '3:3',
    message: /need the "audience"/,
    remedy: /Set "audience" to the name/,
  },
  {
    what: 'a public key that is not there',
    file: jwt({ public_key: { file: 'nowhere.pem' }, issuer: 'me', audience: 'us' }),
    at: '5:5',
    message: /nowhere\.pem cannot be read \(ENOENT\)/,
    remedy: /folder of the configuration/,
  },
  {
    what: 'a public key that is none',
    file: jwt({ public_key: { file: 'no-key.pem' }, issuer: 'me', audience: 'us' }),
    at: '5:5',
    message: /from no-key\.pem has none of the known forms/,
    remedy: /BEGIN PUBLIC KEY/,
  },
  {
    what: 'a private key where a public one belongs',
    file: jwt({ public_key: { value: '-----BEGIN PRIVATE KEY-----' }, issuer: 'me', audience: 'us' }),
    at: '5:5',
    message: /is a private key/,
    remedy: /openssl pkey -in FILE -pubout/,
  },
];

const keyFaults: readonly FaultyConfiguration[] = [
  {
    what: 'an empty list of keys',
    file: apiKey({ keys: [] }),
    at: '5:5',
    message: /"keys" must not be empty/,
    remedy: /The keys/,
  },
  {
    what: 'a key without its subject',
    file: apiKey({ keys: [{ id: 'a', key }] }),
    at: '6:7',
    message: /"subject" is missing/,
    remedy: /Whose key it is/,
  },
  {
    what: '11:7',
    file: apiKey({
      keys: [
        { id: 'a', key, subject: 'alice' },
        { id: 'b', key, subject: 'bob' },
      ],
    }),
    at: '11:7',
    message: /"a" and "b" are the same key/,
    remedy: /Keep one of them/,
  },
  {
    what: 'an id twice',
    file: apiKey({
      keys: [
        { id: 'a', key, subject: 'alice' },
        { id: 'a', key: `${key}0`, subject: 'bob' },
      ],
    }),
    at: '11:7',
    message: /two keys have the id "a"/,
    remedy: /Give each its own/,
  },
  {
    what: 'a short key in a file',
    file: apiKey({ file: 'keys.json' }),
    at: '5:5',
    message: /the API key "a" from keys\.json has 5 bytes/,
    remedy: /openssl rand -hex 32/,
  },
  {
    what: 'a header that means something else',
    file: apiKey({ header: 'Cookie' }),
    at: '5:5',
    message: /must be a header field of its own/,
    remedy: /The header field with the key/,
  },
  {
    what: 'an end that is no date',
    file: apiKey({ keys: [{ id: 'a', key, subject: 'alice', expires_at: 'tomorrow' }] }),
    at: '10:9',
    message: /"expires_at"/,
    remedy: /2030-01-31/,
  },
  {
    what: 'a claim with the name of a field',
    file: apiKey({ keys: [{ id: 'a', key, subject: 'alice', claims: { roles: ['admin'] } }] }),
    at: '11:11',
    message: /"roles" is a name that claims cannot have/,
    remedy: /What else is known/,
  },
  {
    what: 'no verify_url',
    file: oauth({}),
    at: '3:3',
    message: /"verify_url" is missing/,
    remedy: /Where a token is verified/,
  },
  {
    what: 'a verify_url that is none',
    file: oauth({ verify_url: 'login.example.com' }),
    at: '5:5',
    message: /not the address of a web endpoint/,
    remedy: /https:\/\//,
  },
  {
    what: 'a verify_url in the clear',
    file: oauth({ verify_url: 'http://login.example.com/verify' }),
    at: '5:5',
    message: /would send tokens to login\.example\.com in the clear/,
    remedy: /"insecure_http": true/,
  },
  {
    what: 'a password in verify_url',
    file: oauth({ verify_url: 'https://a:b@login.example.com/verify' }),
    at: '5:5',
    message: /holds a name or password/,
    remedy: /"headers"/,
  },
  {
    what: 'a further field that cannot be sent',
    file: oauth({ verify_url: 'https://login.example.com/', headers: { 'X A': 'b' } }),
    at: '7:7',
    message: /the header field "X A" cannot be sent/,
    remedy: /A further field is/,
  },
  {
    what: 'a cache beyond reason',
    file: oauth({ verify_url: 'https://login.example.com/', cache: '1h' }),
    at: '6:5',
    message: /at most 600s/,
    remedy: /How long an answer is believed/,
  },
];

const policies: readonly FaultyConfiguration[] = [
  {
    what: 'allow_all',
    file: authorization('allow_all'),
    at: '4:3',
    message: /Unsupported authorization method/,
    remedy: /"insecure-allow-all"/,
  },
  {
    what: 'a misspelt method in a list',
    file: authorization(['ownership', { method: 'rols' }]),
    at: '6:5',
    message: /Unsupported authorization method/,
    remedy: /Did you mean "roles"\?/,
  },
  {
    what: 'no roles',
    file: authorization({ method: 'roles' }),
    at: '4:3',
    message: /"roles" is missing/,
    remedy: /What each role may do/,
  },
  {
    what: 'an unknown action',
    file: authorization({ method: 'roles', roles: { user: ['graph:invok'] } }),
    at: '8:9',
    message: /"graph" does not have the action "invok"/,
    remedy: /"invoke"/,
  },
  {
    what: 'an unknown resource',
    file: authorization({ method: 'roles', roles: { user: ['grap:invoke'] } }),
    at: '8:9',
    message: /there is no resource "grap"/,
    remedy: /"graph"/,
  },
  {
    what: 'roles in a circle',
    file: authorization({
      method: 'roles',
      roles: { a: ['graph:*'], b: ['graph:*'] },
      inherits: { a: ['b'], b: ['a'] },
    }),
    at: '15:7',
    message: /roles inherit from each other in a circle: a → b → a/,
    remedy: /Remove one of these/,
  },
  {
    what: 'a default role that is none',
    file: authorization({ method: 'roles', roles, default_role: 'guest' }),
    at: '11:5',
    message: /there is no role "guest"/,
    remedy: /Known here: user/,
  },
  {
    what: 'a policy without its file',
    file: authorization({ method: 'casbin' }),
    at: '4:3',
    message: /"policy" is missing/,
    remedy: /a CSV file/,
  },
  {
    what: 'a policy that is not there',
    file: authorization({ method: 'casbin', policy: 'none.csv' }),
    at: '6:5',
    message: /none\.csv: the file does not exist/,
    remedy: /folder of the configuration/,
  },
  {
    what: 'a faulty policy in a list',
    file: authorization([{ method: 'casbin', policy: 'faulty.csv' }]),
    at: '7:7',
    message: /faulty\.csv:3: there is no resource "graf"/,
    remedy: /"graph"/,
  },
  {
    what: 'two policies in the database',
    file: authorization([
      { method: 'casbin', policy: 'database' },
      { method: 'casbin', policy: 'database' },
    ]),
    at: '9:5',
    message: /there is a policy in the database already/,
    remedy: /Keep one of them/,
  },
  {
    what: 'a faulty model',
    file: authorization({ method: 'casbin', policy: 'good.csv', model: 'model.conf' }),
    at: '7:5',
    message: /model\.conf: \[policy_definition\] is missing/,
    remedy: /Add it/,
  },
  {
    what: 'a policy of too many rules',
    file: authorization({ method: 'casbin', policy: 'good.csv', max_rules: 0 }),
    at: '7:5',
    message: /"max_rules" must be at least 1/,
    remedy: /More lines than this are refused/,
  },
  {
    what: 'a class that authorizes nothing',
    file: authorization('plugins.ts:text'),
    at: '4:3',
    message: /has no method "authorize"/,
    remedy: /extends AuthorizationBackend/,
  },
  {
    what: 'a class that says nothing of itself',
    file: authorization({ method: 'custom', path: 'plugins.ts:Splits' }),
    at: '6:5',
    message: /cannot be used: describe\(\)/,
    remedy: /A description is a text/,
  },
  {
    what: 'a class that waits for itself under a name of ours',
    file: authorization({ method: 'custom', path: 'plugins.ts:Waits' }),
    at: '6:5',
    message: /cannot be used: its "ready" is no method/,
    remedy: /"ready", where there is one, a method/,
  },
  {
    what: 'an option of what allows everything',
    file: authorization({ method: 'insecure-allow-all', role: 'a' }),
    at: '6:5',
    message: /unknown key "role"/,
    remedy: /Known here: method|is called "method"|"method"/,
  },
  {
    what: 'a scope of ours that is mapped',
    file: { agent, scopes: { 'graph:invoke': ['graph:read'] } },
    at: '4:5',
    message: /the scope "graph:invoke" already means something here/,
    remedy: /another vocabulary/,
  },
  {
    what: 'a scope that stands for nothing',
    file: { agent, scopes: { x: ['store:invoke'] } },
    at: '5:7',
    message: /"store" does not have the action "invoke"/,
    remedy: /Known here: read, write, delete/,
  },
  {
    what: 'a database of another kind',
    file: { agent, database: 'mysql://a/b' },
    at: '3:3',
    message: /"database" in the file is a URL of "mysql:"/,
    remedy: /postgres:\/\//,
  },
  {
    what: 'a database that is no URL',
    file: { agent, database: { url: 'localhost' } },
    at: '3:3',
    message: /"database" in the file is no URL/,
    remedy: /postgres:\/\//,
  },
  {
    what: 'a database that is away',
    file: { agent, database: 'postgres://nobody@127.0.0.1:1/none' },
    at: '3:3',
    message: /127\.0\.0\.1:1\/none.* cannot be used/,
    remedy: /Start it/,
  },
  {
    what: 'an unknown key of the database',
    file: { agent, database: { url: 'postgres://a/b', shema: 'x' } },
    at: '5:5',
    message: /unknown key "shema"/,
    remedy: /Did you mean "schema"/,
  },
];

export const faultyConfigurations: readonly FaultyConfiguration[] = [
  ...theFile,
  ...variables,
  ...modules,
  ...jwtFaults,
  ...keyFaults,
  ...policies,
];
