import { AgentFlowClient, AuthenticationError } from '@agentflow/client';
import { systemClock, toPrintable } from '@agentflow/core';
import { credentialsPath, readCredentials } from '../credentials/credentials-file.js';
import { readServerAddress, storedSession } from '../credentials/stored-session.js';

export interface ServerOption {
  readonly server?: string | undefined;
}

/** A token that is printed should be good for the command that it is printed for. In milliseconds. */
const leastLeft = 60_000;

/** Ends the session here and at the server. */
export async function logout(options: ServerOption): Promise<void> {
  const { server, client } = await openSession(options);
  try {
    await client.auth.logout();
  } finally {
    process.stdout.write(`signed out of ${server}\n`);
  }
}

/** Prints whom the server takes somebody for. */
export async function whoami(options: ServerOption & { readonly json?: boolean | undefined }): Promise<void> {
  const { server, client } = await openSession(options);
  const me = await client.me().catch(explainEnd(server));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(me, null, 2)}\n`);
    return;
  }
  const rows = [
    ['server', server],
    ['user', me.username ?? me.subject],
    ['subject', `${me.subject}  (${me.realm})`],
    ['tenant', me.tenant],
    ['roles', me.roles.join(', ') || 'none'],
    ['may', me.permissions.join(' ') || 'nothing'],
    ['own', me.own_permissions.join(' ') || 'nothing'],
  ];
  process.stdout.write(rows.map(([name = '', value = '']) => `${name.padEnd(10)}${toPrintable(value)}\n`).join(''));
}

/** Prints the access token alone, for `curl -H "Authorization: Bearer $(agentflow token current)"`; a fresh one where the former has run out. */
export async function currentToken(options: ServerOption): Promise<void> {
  const { server, client, store } = await openSession(options);
  const isFresh = (expiresAt: string) => Date.parse(expiresAt) - systemClock.now() > leastLeft;
  const kept = await store.load();
  if (kept === null || !isFresh(kept.expiresAt)) await client.auth.refresh().catch(explainEnd(server));
  const current = await store.load();
  if (current === null) throw notSignedIn(server);
  process.stdout.write(`${current.token}\n`);
}

/** A client that speaks for whoever has signed in to a server: the one that is named, or the only one. */
async function openSession({ server: named }: ServerOption) {
  const server = named === undefined ? onlyServer() : readServerAddress(named);
  const store = storedSession(server);
  if ((await store.load()) === null) throw notSignedIn(server);
  return { server, store, client: new AgentFlowClient({ baseUrl: server, sessionStore: store }) };
}

function onlyServer(): string {
  const [first, ...others] = readCredentials(credentialsPath(process.env)).keys();
  if (first === undefined) throw new Error('nobody is signed in: agentflow login --server URL');
  if (others.length > 0) throw new Error(`choose one: --server ${[first, ...others].join(', ')}`);
  return first;
}

/** What is to be done about a session that has ended. */
function explainEnd(server: string) {
  return (error: unknown): never => {
    if (!(error instanceof AuthenticationError)) throw error;
    throw new Error(`${error.message.replace(/\.$/, '')}: agentflow login --server ${server}`, { cause: error });
  };
}

function notSignedIn(server: string): Error {
  return new Error(`nobody is signed in to ${server}: agentflow login --server ${server}`);
}
