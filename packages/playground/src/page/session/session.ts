import { AgentFlowClient, AgentFlowError, type Auth } from '@agentflow/client';
import type { GraphDescription, MeResponse } from '@agentflow/protocol';

/** Somebody whom the server knows, and the client that speaks for them. */
export interface Session {
  readonly client: AgentFlowClient;
  /** Another client of the same credential. */
  readonly anotherClient: () => AgentFlowClient;
  /** Undefined where the server lets nobody ask who they are. */
  readonly me: MeResponse | undefined;
  readonly graph: GraphDescription | undefined;
  readonly hasCredential: boolean;
  /** What was refused on the way, and did not keep them out. */
  readonly refused: readonly unknown[];
}

/**
 * Signs in: is the server there, who does it take the caller for, and what does it serve?
 * @throws {AgentFlowError} if the server is not there, or does not know the caller
 */
export async function connect(auth: Auth | undefined): Promise<Session> {
  const client = createClient(auth);
  await client.ping();
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
  const graph = await unlessRefused(client.graph());
  const anotherClient = () => createClient(auth);
  return { client, anotherClient, me, graph: graph?.data, hasCredential: auth !== undefined, refused };
}

function createClient(auth: Auth | undefined): AgentFlowClient {
  // No cookies, and no dialog of the browser's own where the server asks for Basic: the credential is the one that was typed here.
  const credentials = 'omit';
  // A refusal is what people come to see: each is shown, none is tried again.
  return new AgentFlowClient({ baseUrl: location.origin, auth, credentials, retry: { retries: 0 } });
}

/** How the server wants to be authenticated to; undefined where it lets in whoever has no credential. */
export async function askForSchemes(): Promise<readonly string[] | undefined> {
  const stranger = createClient(undefined);
  try {
    await stranger.me();
    return undefined;
  } catch (error) {
    if (error instanceof AgentFlowError) return error.challenges.map(({ scheme }) => scheme);
    throw error;
  }
}

/** Whether it is the same person as before, who may go on with what is on the page. */
export function isSamePrincipal(one: MeResponse | undefined, other: MeResponse | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.subject === other.subject && one.realm === other.realm && one.tenant === other.tenant;
}
