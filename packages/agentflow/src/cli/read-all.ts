import type { ApiKeyPage } from '@agentflow/core';

interface Placed {
  readonly id: string;
  readonly createdAt: number;
}

const partSize = 1_000;

/** All rows of a list that is read in parts. */
export async function readAll<T extends Placed>(
  readPart: (page: ApiKeyPage) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const last = all.at(-1);
    const after = last === undefined ? undefined : { time: last.createdAt, id: last.id };
    const part = await readPart({ limit: partSize, after });
    all.push(...part);
    if (part.length < partSize) return all;
  }
}
