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
  plain('HOST', 'Where to listen. `--host` wins.', '127.0.0.1'),
  plain('PORT', 'Where to listen; 0 takes any that is free. `--port` wins.', '8000'),
  plain(
    'MODE',
    '`development` or `production`: which rules hold.',
    '`production` for `api` and `check`, `development` for `dev`',
  ),
  plain(
    'AGENTFLOW_INSECURE_NO_AUTH',
    '`1` lets everybody in where the file has no `auth`, as `--insecure-no-auth` does.',
  ),
  plain('MAX_REQUEST_SIZE', 'The longest body that is read, in bytes.', '10485760'),
  plain('NO_COLOR', 'Anything: no colours on the terminal.'),
  secret('JWT_SECRET_KEY', 'The shared secret of `"jwt"`, where the file names no key.'),
  secret('JWT_SECRET', 'Another name of `JWT_SECRET_KEY`, which wins.'),
  secret('JWT_SECRET_KEY_PREVIOUS', 'Secrets that only verify, parted by commas, while their tokens run out.'),
  secret('JWT_PUBLIC_KEY', 'The public key of `"jwt"`, where the file names no key.'),
  plain(
    'JWT_ALGORITHM',
    'The one algorithm of `"jwt"`, where the file names none.',
    '`HS256` for a secret; else what the key asks for',
  ),
  plain('JWT_ISSUER', 'The `iss` that tokens must have, where the file names none.'),
  plain('JWT_AUDIENCE', 'What `aud` must be or hold, where the file names none.'),
  secret('API_KEY', 'A key of `"api_key"`, where the file has neither `keys` nor `file`.'),
  secret('INTERNAL_API_KEY', 'Likewise, for another caller.'),
  secret('VALID_API_KEYS', 'Several keys, parted by commas or lines.'),
  plain('CORS_ORIGINS', 'Whose web pages may call, parted by commas, where the file has no `cors.origins`.'),
  plain('ALLOWED_ORIGINS', 'Another name of `CORS_ORIGINS`, which wins.'),
  plain('ORIGINS', 'A third name of `CORS_ORIGINS`.'),
  plain('TRUSTED_PROXIES', 'Addresses and networks, parted by commas, where the file has no `trusted_proxies`.'),
  plain(
    'DOCS_PATH',
    'Where the documentation is served; empty for nowhere.',
    '`/docs` in development, nowhere in production',
  ),
  plain(
    'REDOC_PATH',
    'Where the reference is served; empty for nowhere.',
    '`/redocs` in development, nowhere in production',
  ),
  plain('REDOCS_PATH', 'Another name of `REDOC_PATH`.'),
  plain(
    'PLAYGROUND_PATH',
    'Where the playground is served, to anybody: it is a page without data. Empty for nowhere.',
    '`/playground` in development, nowhere in production',
  ),
  secret('DATABASE_URL', 'PostgreSQL, where the file has no `database`: `postgres://user:password@host:5432/name`.'),
];
