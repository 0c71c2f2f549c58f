import { AuthenticationError } from '@agentflow/client';
import type { Session } from './session.js';

/**
 * Ends the session at the server, where there is one; what was only brought along is forgotten and nothing more.
 * @throws {AgentFlowError} if the server could not be told
 */
export async function signOut({ client, isSignedIn }: Session, where: 'here' | 'everywhere'): Promise<void> {
  if (!isSignedIn) return;
  try {
    await (where === 'here' ? client.auth.logout() : client.auth.logoutAll());
  } catch (error) {
    // It was over before.
    if (!(error instanceof AuthenticationError)) throw error;
  }
}
