import type { ConfigWithUser, User } from '../user.js';
import { currentUser } from '../user.js';

/** A file of whoever is asking, with its bytes. */
export interface UserFile {
  readonly fileId: string;
  readonly filename: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/** Finds a file of one caller by its id; undefined where they have none, or may not read it now. */
export type ReadUserFile = (fileId: string) => Promise<UserFile | undefined>;

/** By the object that the server hands to the graph, which nobody else can make. */
const readers = new WeakMap<User, ReadUserFile>();

/** For the runs of a caller. */
export function provideFiles(user: User, read: ReadUserFile): void {
  readers.set(user, read);
}

/**
 * The file that a message refers to, inside a node or tool: `await fileOf(config, 'agentflow://media/…')`, or by its id alone. Undefined where
 * whoever is asking has no such file or may not read it, as in a thread that others have shared with them.
 * @throws {Error} if the graph does not run under agentflow
 */
export async function fileOf(config: ConfigWithUser | undefined, reference: string): Promise<UserFile | undefined> {
  const read = readers.get(currentUser(config));
  if (read === undefined) throw new Error('fileOf(config, …) found a user that is not the one whom agentflow has set.');
  return read(/^(?:agentflow|graph):\/\/media\/(.*)$/s.exec(reference)?.[1] ?? reference);
}
