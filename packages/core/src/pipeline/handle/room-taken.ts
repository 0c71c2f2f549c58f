import type { OwnerKey } from '../../principal.js';

/** What one upload takes up while it arrives. */
export interface Room {
  /** False where all that arrives for its owner would then be more than there is room for. */
  add(bytes: number): boolean;
  end(): void;
}

/** How much of each owner's files is arriving: what has no row yet takes up room all the same. */
export class RoomTaken {
  readonly #taken = new Map<string, number>();

  begin({ tenant, realm, subject }: OwnerKey, leftBytes: number): Room {
    const key = JSON.stringify([tenant, realm, subject]);
    let own = 0;
    const change = (bytes: number) => {
      const taken = (this.#taken.get(key) ?? 0) + bytes;
      if (taken > 0) this.#taken.set(key, taken);
      else this.#taken.delete(key);
      own += bytes;
      return taken;
    };
    return {
      add: (bytes) => change(bytes) <= leftBytes,
      end: () => void change(-own),
    };
  }
}
