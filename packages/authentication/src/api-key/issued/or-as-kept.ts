/**
 * A change whose connection breaks off may have been made all the same: only its answer was lost. Then it is told as it is, and not as
 * something that failed and cannot be done again.
 * @param find what is there if it was made
 */
export async function orAsKept<T>(change: Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    const kept = await find().catch(() => undefined);
    if (kept === undefined) throw error;
    return kept;
  }
}
