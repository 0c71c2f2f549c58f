import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Makes a file of a secret where there is none, for its owner alone. Of processes that make one at once, the first is everybody's. It is put
 * there whole: nobody reads half of it, and none is left where the disk is full.
 * @returns whether it was made now, and here
 */
export function makeOnce(file: string, make: () => string): boolean {
  if (existsSync(file)) return false;
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(draft, `${make()}\n`, { mode: 0o600, flag: 'wx' });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
