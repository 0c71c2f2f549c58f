/** Whether bytes that come in pieces are a text: UTF-8 without NUL. */
export class TextCheck {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #isText = true;

  push(bytes: Uint8Array): void {
    this.#isText &&= !bytes.includes(0) && this.#decodes(bytes, true);
  }

  /** Asked once, when all have come. */
  isText(): boolean {
    return this.#isText && this.#decodes(new Uint8Array(), false);
  }

  #decodes(bytes: Uint8Array, stream: boolean): boolean {
    try {
      this.#decoder.decode(bytes, { stream });
      return true;
    } catch {
      return false;
    }
  }
}
