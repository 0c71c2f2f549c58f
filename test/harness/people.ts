import { randomBytes } from 'node:crypto';
import { useSecret } from './leaks/used-secrets.js';
import { type Answer, type SendOptions, send } from './requests.js';

/** A password that nobody else has. */
export function createPassword(): string {
  const password = randomBytes(12).toString('base64url');
  useSecret(password);
  return password;
}

/** The administrator whom a server makes at its first start with {@link administratorEnvironment}. */
export const administrator = { username: 'root', password: createPassword() } as const;

export const administratorEnvironment = {
  AGENTFLOW_ADMIN_USERNAME: administrator.username,
  AGENTFLOW_ADMIN_PASSWORD: administrator.password,
  // As often as somebody may fail by default; elsewhere in the tests, everybody may try for ever.
  RATE_LIMIT_SIGN_IN_ATTEMPTS: '10',
} as const;

/** Somebody who can sign in. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

/** What a sign-in has given them. */
export interface SignedIn {
  readonly token: string;
  readonly refreshToken: string;
  readonly sessionId: string;
}

let addresses = 0;

/** An address of its own, for servers that trust this machine as a proxy: attempts are limited by it. */
export function freshAddress(): string {
  addresses += 1;
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

export interface SignInOptions {
  readonly userAgent?: string;
  readonly address?: string;
}

export function trySignIn(
  url: string,
  { username, password }: Pick<Person, 'username' | 'password'>,
  { userAgent, address = freshAddress() }: SignInOptions = {},
): Promise<Answer> {
  const headers = { 'X-Forwarded-For': address, ...(userAgent !== undefined && { 'User-Agent': userAgent }) };
  return send(`${url}/v1/auth/login`, { headers, body: { username, password } });
}

export async function signIn(url: string, person: Pick<Person, 'username' | 'password'>, options?: SignInOptions) {
  return readSignedIn(await trySignIn(url, person, options));
}

export function readSignedIn({ status, text, body }: Answer): SignedIn {
  if (status !== 200) throw new Error(`${status} ${text}`);
  const { token, refreshToken } = body as { token: string; refreshToken: string };
  for (const secret of [token, refreshToken]) useSecret(secret);
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sid: string };
  return { token, refreshToken, sessionId: payload.sid };
}

/** Does something as the administrator; throws for any other answer than 200. */
export async function asAdministrator(url: string, path: string, options: SendOptions = {}): Promise<Answer> {
  const { token } = await signIn(url, administrator);
  const answer = await send(`${url}${path}`, { token, ...options });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
}

/** Makes somebody who can sign in. */
export async function createPerson(
  url: string,
  username: string,
  roles: readonly string[] = ['user'],
): Promise<Person> {
  const password = createPassword();
  const { body } = await asAdministrator(url, '/v1/users', { body: { username, password, roles } });
  return { id: (body as { id: string }).id, username, password };
}

/** Trades a refresh token for the next. */
export function tryRefresh(url: string, refreshToken: string, headers: Readonly<Record<string, string>> = {}) {
  return send(`${url}/v1/auth/refresh`, { headers, body: { refreshToken } });
}

/** The status with which a token is answered. */
export async function statusOf(url: string, token: string): Promise<number> {
  return (await send(`${url}/v1/auth/me`, { token })).status;
}
