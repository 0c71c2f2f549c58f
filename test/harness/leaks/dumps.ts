import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Dump } from './find-leaks.js';

/* What the servers of one file have left: everything that they printed, and everything that they kept. */

const kept: Dump[] = [];

export function keptDumps(): readonly Dump[] {
  return kept;
}

export function keepDump(label: string, content: string | Buffer): void {
  kept.push({ label, bytes: Buffer.isBuffer(content) ? content : Buffer.from(content) });
}

/** The embedded database of a project, as its bytes lie on disk. What is a secret by its purpose lies beside it. */
export function keepDataDirectory(directory: string): void {
  const data = join(directory, '.agentflow');
  if (!existsSync(data) || !statSync(data).isDirectory()) return;
  for (const file of readdirSync(data)) {
    if (file.startsWith('agentflow.db')) keepDump(`the database file ${file}`, readFileSync(join(data, file)));
  }
}
