import type { GraphRuntime } from '../../graph-runtime.js';
import type { OwnerKey } from '../../principal.js';
import type { RemoteTool } from '../../remote-tools.js';
import type { RemoteToolStore } from '../../stores/remote-tool-store.js';

export interface RemoteToolParts {
  readonly runtime: GraphRuntime;
  /** What callers have declared. */
  readonly remoteTools: RemoteToolStore;
  /** Those of the file, for everybody. */
  readonly remoteToolsOfFile: readonly RemoteTool[];
}

/**
 * The tools that a caller's client runs: those of the file, and their own. None stands in the place of one of the graph's, or of
 * the file's, which may have come later than the declaration.
 */
export async function remoteToolsOf(parts: RemoteToolParts, owner: OwnerKey): Promise<readonly RemoteTool[]> {
  const taken = namesTaken(parts);
  const own = await parts.remoteTools.list(owner);
  return [...parts.remoteToolsOfFile, ...own.filter(({ name }) => !taken.has(name))];
}

/** The names that no caller can declare. */
export function namesTaken({ runtime, remoteToolsOfFile }: Omit<RemoteToolParts, 'remoteTools'>): ReadonlySet<string> {
  const local = runtime.tools.flatMap(({ tools }) => tools);
  return new Set([...local, ...remoteToolsOfFile].map(({ name }) => name));
}
