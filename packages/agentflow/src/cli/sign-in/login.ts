import {
  AgentFlowClient,
  AgentFlowError,
  AuthenticationError,
  type KeptSession,
  NetworkError,
  NotFoundError,
} from '@agentflow/client';
import { systemClock, toPrintable } from '@agentflow/core';
import type { LoginResponse, SignInMethodsResponse } from '@agentflow/protocol';
import { askHidden, askLine, readInputLine } from '../ask.js';
import { readServerAddress, storedSession } from '../credentials/stored-session.js';
import { signInByDevice } from './device-login.js';

export interface LoginOptions {
  readonly server?: string | undefined;
  readonly provider?: string | undefined;
  readonly username?: string | undefined;
}

const defaultServer = 'http://127.0.0.1:8000';

/** Signs in to a server, and keeps the session for the commands and clients that follow. */
export async function login(options: LoginOptions): Promise<void> {
  const server = readServerAddress(options.server ?? defaultServer);
  const store = storedSession(server);
  // Before anything is asked: a file that cannot be kept safe is told now.
  const former = await store.load();
  const client = new AgentFlowClient({ baseUrl: server, retry: { retries: 0 } });
  const answer = await signIn(client, await readMethods(client, server), options);
  const kept: KeptSession = { ...answer, receivedAt: systemClock.now() };
  await store.exclusive?.(async () => store.save(kept));
  if (former !== null) await endFormer(server, former);
  const { username, roles, tenant } = answer.user;
  const may = roles.length === 0 ? '' : ` (${roles.join(', ')})`;
  const where = tenant === 'default' ? '' : ` of ${tenant}`;
  process.stdout.write(toPrintable(`signed in to ${server} as ${username}${where}${may}`).concat('\n'));
}

async function readMethods(client: AgentFlowClient, server: string): Promise<SignInMethodsResponse> {
  try {
    return await client.auth.methods();
  } catch (error) {
    if (error instanceof NetworkError) throw new Error(whyNotReached(server, error), { cause: error });
    if (error instanceof NotFoundError)
      throw new Error(`nobody signs in at ${server}: its "auth" has no "login"`, { cause: error });
    if (!(error instanceof AgentFlowError)) throw error;
    throw new Error(toPrintable(`${server} does not say how to sign in: ${error.message}`), { cause: error });
  }
}

/** In the codes that Node and OpenSSL have for certificates. */
const aboutCertificate = /CERT|LEAF_SIGNATURE/;

function whyNotReached(server: string, { cause }: NetworkError): string {
  // What `fetch` throws says only that it has failed.
  const reason = cause instanceof Error ? cause.cause : undefined;
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : '';
  if (!aboutCertificate.test(code)) return `${server} cannot be reached; name another with --server`;
  const remedy = "if an authority of your own has signed it, set NODE_EXTRA_CA_CERTS to the file with that authority's";
  return `the certificate of ${server} is not trusted here (${code}); ${remedy}`;
}

async function signIn(
  client: AgentFlowClient,
  { password, providers }: SignInMethodsResponse,
  options: LoginOptions,
): Promise<LoginResponse> {
  const names = providers.filter(({ device }) => device !== undefined).map(({ name }) => toPrintable(name));
  if (options.provider !== undefined) {
    if (names.includes(options.provider)) return signInByDevice(client, options.provider);
    const known = names.length === 0 ? 'it has no provider for that' : `it has: ${names.join(', ')}`;
    throw new Error(
      `this server lets nobody sign in from a terminal with ${JSON.stringify(options.provider)}; ${known}`,
    );
  }
  const [first, ...others] = names;
  if (options.username === undefined && first !== undefined) {
    if (others.length > 0) throw new Error(`there are several providers, choose one: --provider ${names.join(', ')}`);
    return signInByDevice(client, first);
  }
  if (!password) throw new Error('this server has no way to sign in from a terminal: a provider needs "device": true');
  const { isTTY: isTerminal } = process.stdin;
  const username = options.username ?? (isTerminal ? await askLine('Username: ') : undefined);
  if (username === undefined) throw new Error('say who signs in: --username NAME, and the password on standard input');
  const body = { username, password: isTerminal ? await askHidden('Password: ') : await readInputLine() };
  return client.request('POST /v1/auth/login', { body }).catch(explainRefusal);
}

/** The server says no more than that, to nobody: who asks from a terminal reads it as a sentence. */
function explainRefusal(error: unknown): never {
  if (!(error instanceof AuthenticationError)) throw error;
  throw new Error('the name or the password is wrong, or the account is closed', { cause: error });
}

/** Nobody uses it any more. That it could not be ended is no reason not to be signed in. */
async function endFormer(server: string, { refreshToken: token }: KeptSession): Promise<void> {
  const stranger = new AgentFlowClient({ baseUrl: server, retry: { retries: 0 } });
  await stranger.request('POST /v1/auth/revoke', { body: { token } }).catch(() => undefined);
}
