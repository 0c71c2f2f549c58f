import type { OwnerKey } from '../principal.js';
import type { RemoteTool } from '../remote-tools.js';

/** The tools that principals have declared, each their own, for all processes of the database. */
export interface RemoteToolStore {
  /** In the order of their declaration. */
  list(owner: OwnerKey): Promise<readonly RemoteTool[]>;
  /** Puts these in the place of all that the owner had declared. */
  replace(owner: OwnerKey, tools: readonly RemoteTool[]): Promise<void>;
}
