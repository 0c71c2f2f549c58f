/** So many texts are kept in any case. */
const leastRoom = 256;

/**
 * What texts were read as. A text for which nobody asks while as many others are asked for as there is room for is forgotten,
 * and read once more when somebody does: so that what is long gone takes no room for ever. At most twice as many are kept.
 */
export class RecentTexts<T extends object> {
  readonly #read: (text: string) => T;
  #recent = new Map<string, T>();
  #before: ReadonlyMap<string, T> = new Map();
  #room = leastRoom;

  constructor(read: (text: string) => T) {
    this.#read = read;
  }

  /** How many are kept. */
  get size(): number {
    return this.#recent.size + this.#before.size;
  }

  makeRoomFor(texts: number): void {
    this.#room = Math.max(leastRoom, texts);
  }

  /** What a text was read as, if that is kept. */
  known(text: string): T | undefined {
    return this.#recent.get(text) ?? this.#before.get(text);
  }

  /** @param taken what somebody else has read it as: used if it would have to be read */
  get(text: string, taken?: T): T {
    const known = this.#recent.get(text);
    if (known !== undefined) return known;
    const found = this.#before.get(text) ?? taken ?? this.#read(text);
    if (this.#recent.size >= this.#room) {
      this.#before = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(text, found);
    return found;
  }
}
