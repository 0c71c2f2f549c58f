import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `.agentflow/` beside the configuration: database, caches, a laptop's secret. Owner only, and git does not see it.
 * @throws {Error} if it cannot be made
 */
export function openDataDirectory(directory: string): string {
  const data = join(directory, '.agentflow');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const ignore = join(data, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return data;
}
