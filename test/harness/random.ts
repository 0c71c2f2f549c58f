/** Numbers from 0 up to what is asked for, and texts from a list: the same for the same seed on every machine. */
export interface Random {
  (below: number): number;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32 */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
  const pick = <T>(from: readonly T[]): T => {
    const found = from[next(from.length)];
    if (found === undefined) throw new Error('there is nothing to pick from');
    return found;
  };
  return Object.assign(next, { pick });
}
