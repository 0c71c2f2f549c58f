import { keyOfOwner, type OwnerKey } from '../principal.js';

/** How many of one kind of thing each principal has at the moment, in this process. */
export interface HeldPlaces {
  of(owner: OwnerKey): number;
  /** One more, until the function that it returns is called; calling it again does nothing. */
  take(owner: OwnerKey): () => void;
}

export function createHeldPlaces(): HeldPlaces {
  const counts = new Map<string, number>();
  return {
    of: (owner) => counts.get(keyOfOwner(owner)) ?? 0,
    take(owner) {
      const key = keyOfOwner(owner);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      };
    },
  };
}
