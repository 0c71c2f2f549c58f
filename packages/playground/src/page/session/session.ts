import { AgentFlowClient, type AgentFlowClientOptions, AgentFlowError, type Auth } from '@agentflow/client';
import type { GraphDescription, MeResponse, SignInMethodsResponse } from '@agentflow/protocol';
import { cookieHeaders } from './cookie-session.js';
import { createPageStore } from './page-store.js';

/** How somebody comes in. */
export type Entry =
  | { readonly by: 'nothing' }
  /** With what they have brought along. */
  | { readonly by: 'credential'; readonly auth: Auth }
  | { readonly by: 'password'; readonly username: string; readonly password: string }
  /** As whoever the browser has signed in before, with a provider. */
  | { readonly by: 'cookie' };

/** Somebody whom the server knows, and the client that speaks for them. */
export interface Session {
  readonly client: AgentFlowClient;
  /** Another client of the same credential. */
  readonly anotherClient: () => AgentFlowClient;
  /** Undefined where the server lets nobody ask who they are. */
  readonly me: MeResponse | undefined;
  readonly graph: GraphDescription | undefined;
  readonly by: Entry['by'];
  readonly hasCredential: boolean;
  /** Whether they have signed in here, and can sign out at the server. */
  readonly isSignedIn: boolean;
  /** What was refused on the way, and did not keep them out. */
  readonly refused: readonly unknown[];
}

/**
 * Signs in: is the server there, who does it take the caller for, and what does it serve?
 * @throws {AgentFlowError} if the server is not there, or does not know the caller
 */
export async function connect(entry: Entry): Promise<Session> {
  const anotherClient = clientsOf(entry);
  const client = anotherClient();
  await client.ping();
  const { by } = entry;
  if (by === 'password') await client.auth.login({ username: entry.username, password: entry.password });
  const refused: unknown[] = [];
  const unlessRefused = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof AgentFlowError) || error.status !== 403) throw error;
      refused.push(error);
      return undefined;
    }
  };
  const me = await unlessRefused(client.me());
  const graph = (await unlessRefused(client.graph()))?.data;
  const isSignedIn = by === 'password' || by === 'cookie';
  return { client, anotherClient, me, graph, by, hasCredential: by !== 'nothing', isSignedIn, refused };
}

/** Makes clients that are all of the same session, or of the same credential. */
function clientsOf(entry: Entry): () => AgentFlowClient {
  switch (entry.by) {
    case 'password': {
      const sessionStore = createPageStore();
      return () => createClient({ sessionStore });
    }
    case 'cookie': {
      const headers = cookieHeaders(document.cookie) ?? {};
      return () => createClient({ credentials: 'same-origin', headers });
    }
    case 'credential':
      return () => createClient({ auth: entry.auth });
    case 'nothing':
      return () => createClient({});
  }
}

function createClient(options: Partial<AgentFlowClientOptions>): AgentFlowClient {
  // No cookies but where they are what is asked for, and no dialog of the browser's own where the server asks for Basic.
  const credentials = 'omit';
  // A refusal is what people come to see: each is shown, none is tried again.
  return new AgentFlowClient({ baseUrl: location.origin, credentials, retry: { retries: 0 }, ...options });
}

/** Whoever the browser has signed in before; undefined where it has nobody, or nobody any more. */
export async function connectByCookie(): Promise<Session | undefined> {
  if (cookieHeaders(document.cookie) === undefined) return undefined;
  try {
    return await connect({ by: 'cookie' });
  } catch {
    return undefined;
  }
}

/** How the server wants to be authenticated to; undefined where it lets in whoever has no credential. */
export async function askForSchemes(): Promise<readonly string[] | undefined> {
  try {
    await createClient({}).me();
    return undefined;
  } catch (error) {
    if (error instanceof AgentFlowError) return error.challenges.map(({ scheme }) => scheme);
    throw error;
  }
}

const nothingOffered: SignInMethodsResponse = { password: false, providers: [] };

/** How one can sign in here. A server that signs nobody in says nothing. */
export async function askForMethods(): Promise<SignInMethodsResponse> {
  try {
    return await createClient({}).auth.methods();
  } catch (error) {
    if (error instanceof AgentFlowError) return nothingOffered;
    throw error;
  }
}

/** Whether it is the same person as before, who may go on with what is on the page. */
export function isSamePrincipal(one: MeResponse | undefined, other: MeResponse | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.subject === other.subject && one.realm === other.realm && one.tenant === other.tenant;
}
