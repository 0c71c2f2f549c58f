import { keyOfOwner, type OwnerKey } from '../../principal.js';

/** What one upload takes up while it arrives. */
export interface Room {
  /**
   * False where all that arrives for its owner would then be more than there is room for. It takes up nothing any more then, so that the
   * others fit in.
   */
  add(bytes: number): boolean;
  end(): void;
}

/** How much of each owner's files is arriving: what has no row yet takes up room all the same. */
export class RoomTaken {
  readonly #taken = new Map<string, number>();

  begin(owner: OwnerKey, leftBytes: number): Room {
    const key = keyOfOwner(owner);
    let own = 0;
    const end = () => {
      const taken = (this.#taken.get(key) ?? 0) - own;
      own = 0;
      if (taken > 0) this.#taken.set(key, taken);
      else this.#taken.delete(key);
    };
    const add = (bytes: number) => {
      const taken = (this.#taken.get(key) ?? 0) + bytes;
      const fits = taken <= leftBytes;
      if (fits) {
        own += bytes;
        this.#taken.set(key, taken);
      } else {
        end();
      }
      return fits;
    };
    return { add, end };
  }
}
