import { stat } from 'node:fs/promises';

/** Changes with each change of a file, also where another takes its place. */
export async function stateOf(files: readonly string[]): Promise<string> {
  const states: string[] = [];
  // One after the other: where the disk hangs, only one of the four threads of libuv hangs with it.
  for (const file of files) {
    const stats = await stat(file, { bigint: true }).catch(() => undefined);
    const { dev, ino, size, mtimeNs, ctimeNs } = stats ?? {};
    states.push(stats === undefined ? 'absent' : [dev, ino, size, mtimeNs, ctimeNs].join(':'));
  }
  return states.join(' ');
}
