import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What to type in a project so that it has its packages, and then serves. */
export interface NextCommands {
  readonly commands: readonly string[];
  /** Why it is not simply installed. */
  readonly notice: string | undefined;
}

const packageDirectory = fileURLToPath(new URL('../..', import.meta.url));
const repository = join(packageDirectory, '../..');

/**
 * From the registry, or from the repository in which this program lies: what is run there need not be published, and its
 * packages are linked.
 */
export function nextCommands(directory: string, kind: 'new' | 'taken-over'): NextCommands {
  if (!existsSync(join(repository, 'pnpm-workspace.yaml'))) {
    const install = kind === 'new' ? 'npm install' : 'npm install agentflow';
    return { commands: [install, 'npx --no agentflow dev'], notice: undefined };
  }
  const notice =
    'agentflow runs from its own repository here: it is linked or run from there, not installed from a registry';
  if (kind === 'taken-over') {
    const program = join(relative(directory, packageDirectory), 'bin/agentflow.js');
    return { commands: [`node ${shellQuoted(program)} dev`], notice };
  }
  const modules = relative(directory, join(repository, 'node_modules'));
  return { commands: [`ln -s ${shellQuoted(modules)} node_modules`, 'npx --no agentflow dev'], notice };
}

/** Ready to be pasted. */
export function shellQuoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
