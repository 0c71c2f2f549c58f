import { createHash } from 'node:crypto';
import { type KeptSession, type SessionStore, SessionStoreError } from '@agentflow/client';
import { HeldLockError, withFileLock } from '@agentflow/stores/file-lock';
import { credentialsPath, prepareFolder, readCredentials, writeCredentials } from './credentials-file.js';

/** Longer than a client waits for a refresh, which is half a minute. */
const longestWait = { maxWaitMilliseconds: 45_000 };

/**
 * The session that `agentflow login` has begun, for a client of this server:
 * `new AgentFlowClient({ baseUrl, sessionStore: storedSession(baseUrl) })`. Renewed there, it is renewed for the command line too.
 * @param file where it lies, if not where `agentflow login` puts it
 */
export function storedSession(server: string, file: string = credentialsPath(process.env)): SessionStore {
  const address = readServerAddress(server);
  const underLock = async <T>(lock: string, work: () => Promise<T>): Promise<T> => {
    prepareFolder(file);
    return withFileLock(lock, work, longestWait).catch(explainHeldLock);
  };
  // The file holds the sessions of all servers: of two that write at once, one would put back what the other has replaced.
  const change = (work: (sessions: Map<string, KeptSession>) => void) =>
    underLock(`${file}.lock`, async () => {
      const sessions = new Map(readCredentials(file));
      work(sessions);
      writeCredentials(file, sessions);
    });
  return {
    load: () => readCredentials(file).get(address) ?? null,
    save: (session) => change((sessions) => void sessions.set(address, session)),
    clear: () => change((sessions) => void sessions.delete(address)),
    // A lock of this server's alone, since a server that does not answer holds up no other; and the work may save.
    exclusive: (work) => underLock(`${file}.${shortNameOf(address)}.lock`, work),
  };
}

function shortNameOf(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 16);
}

function explainHeldLock(error: unknown): never {
  if (!(error instanceof HeldLockError)) throw error;
  throw new SessionStoreError(`${error.message}: end it, or try again when it is done`, { cause: error });
}

/** The one way to write where a server is. @throws {Error} if it is no address of one, or what is sent there could be read on the way */
export function readServerAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Error(`${JSON.stringify(text)} is not the address of a server, such as https://agents.example.com`);
  }
  const isNear = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !isNear) {
    throw new Error(`${url.origin} is not https: whoever listens on the way could sign in as you`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
