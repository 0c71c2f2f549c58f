/** A variable that the program reads, from the environment or from the file that `env` names. */
export interface EnvironmentVariable {
  readonly name: string;
  /** Whether `NAME_FILE` may name a file that holds the value instead. */
  readonly mayBeFile: boolean;
  readonly preset: string | undefined;
  readonly meaning: string;
}

const plain = (name: string, meaning: string, preset?: string): EnvironmentVariable => {
  return { name, mayBeFile: false, preset, meaning };
};
const secret = (name: string, meaning: string): EnvironmentVariable => {
  return { name, mayBeFile: true, preset: undefined, meaning };
};

/** All that there are; a test finds one that is missing. */
export const environmentVariables: readonly EnvironmentVariable[] = [
  plain('HOST', 'The address to listen on. `--host` wins.', '127.0.0.1'),
  plain('PORT', 'The port to listen on; 0 takes any free port. `--port` wins.', '8000'),
  plain(
    'MODE',
    '`development` or `production`: which rules apply.',
    '`production` for `api` and `check`, `development` for `dev`',
  ),
  plain(
    'AGENTFLOW_INSECURE_NO_AUTH',
    '`1` lets everybody in where the file has no `auth`, as `--insecure-no-auth` does.',
  ),
  plain('MAX_REQUEST_SIZE', 'The largest request body, in bytes.', '10485760'),
  plain('NO_COLOR', 'Any value: no colours on the terminal.'),
  secret('JWT_SECRET_KEY', 'The shared secret of `"jwt"`, if the file names no key.'),
  secret('JWT_SECRET', 'Another name of `JWT_SECRET_KEY`, which wins.'),
  secret('JWT_SECRET_KEY_PREVIOUS', 'Old secrets that only verify until their tokens expire, separated by commas.'),
  secret('JWT_PUBLIC_KEY', 'The public key of `"jwt"`, if the file names no key.'),
  plain(
    'JWT_ALGORITHM',
    'The one algorithm of `"jwt"`, if the file names none.',
    '`HS256` for a secret; else the algorithm of the key',
  ),
  plain('JWT_ISSUER', 'The `iss` that tokens must have, if the file names none.'),
  plain('JWT_AUDIENCE', 'The value that `aud` must be or contain, if the file names none.'),
  secret('API_KEY', 'A key of `"api_key"`, if the file has neither `keys` nor `file`.'),
  secret('INTERNAL_API_KEY', 'Likewise, for another caller.'),
  secret('VALID_API_KEYS', 'Several keys, separated by commas or line breaks.'),
  secret(
    'AGENTFLOW_PEPPER',
    'A secret outside the database, by which issued keys and tokens are verified; the same for all processes. If it is absent, the server makes one and keeps it in `.agentflow/`, with the embedded database or in development.',
  ),
  secret(
    'AGENTFLOW_PEPPER_PREVIOUS',
    'Former peppers, separated by commas, until the keys and tokens made with them have expired. With several processes, add the next pepper here on all of them before any uses it ([the steps](decisions/0023-what-was-taken-back.md)).',
  ),
  plain(
    'PUBLIC_URL',
    'The public address of this server, if the file has no `public_url`: `https://agents.example.com`. It is never taken from a request.',
  ),
  plain(
    'AGENTFLOW_ADMIN_USERNAME',
    'The first user of `"login"`, made at start if there is no user yet, for containers. It gets the role `administrator_role`; if the file has an `authorization`, that decides what the role may do.',
  ),
  secret('AGENTFLOW_ADMIN_PASSWORD', 'The password of that user. It is read only when the user is made.'),
  plain('CORS_ORIGINS', 'Origins whose web pages may call, separated by commas, if the file has no `cors.origins`.'),
  plain('ALLOWED_ORIGINS', 'Another name of `CORS_ORIGINS`, which wins.'),
  plain('ORIGINS', 'A third name of `CORS_ORIGINS`.'),
  plain(
    'TRUSTED_PROXIES',
    'Addresses and networks of trusted proxies, separated by commas, if the file has no `trusted_proxies`.',
  ),
  plain('DOCS_PATH', 'The path of the documentation; empty for none.', '`/docs` in development, none in production'),
  plain('REDOC_PATH', 'The path of the reference; empty for none.', '`/redocs` in development, none in production'),
  plain('REDOCS_PATH', 'Another name of `REDOC_PATH`.'),
  plain(
    'PLAYGROUND_PATH',
    'The path of the playground, a public page without data; empty for none.',
    '`/playground` in development, none in production',
  ),
  secret(
    'REDIS_URL',
    'Redis for shared rate-limit counters, if the file has no `redis`: `redis://user:password@host:6379/0`.',
  ),
  plain(
    'RATE_LIMIT_REQUESTS_PER_MINUTE',
    'The sustained rate of requests, if the file has none.',
    '60; 600 in development',
  ),
  plain(
    'RATE_LIMIT_BURST',
    'How many requests may arrive together, if the file does not say it.',
    '10; 100 in development',
  ),
  plain(
    'RATE_LIMIT_CONCURRENT_RUNS',
    'How many runs one principal may have in progress, if the file does not say it.',
    '50; 500 in development',
  ),
  plain(
    'RATE_LIMIT_SIGN_IN_ATTEMPTS',
    'How many attempts to sign in may fail together, if the file does not say it.',
    '10',
  ),
  plain(
    'XDG_CONFIG_HOME',
    'The folder in which `agentflow login` keeps sessions, in `agentflow/credentials.json`.',
    '`~/.config`',
  ),
  secret('DATABASE_URL', 'PostgreSQL, if the file has no `database`: `postgres://user:password@host:5432/name`.'),
];
