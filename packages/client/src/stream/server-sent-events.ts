/** One event of an event stream. */
export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/** Reads an event stream (HTML §9.2.6) from a text that arrives in pieces, cut anywhere. Every character is looked at once. */
export class ServerSentEvents {
  /** What has arrived of the line that is being read. */
  #pieces: string[] = [];
  #data: string[] = [];
  #id: string | undefined;
  /** The last line ended with CR: an LF that follows belongs to it. */
  #afterReturn = false;
  #isFirst = true;

  *push(text: string): Generator<ServerSentEvent, void, undefined> {
    let start = 0;
    for (let index = 0; index < text.length; index += 1) {
      const character = text.charCodeAt(index);
      const belongsToReturn = this.#afterReturn && character === 0x0a;
      this.#afterReturn = character === 0x0d;
      if (belongsToReturn) start = index + 1;
      else if (character === 0x0a || character === 0x0d) {
        this.#pieces.push(text.slice(start, index));
        start = index + 1;
        const event = this.#line(this.#pieces.join(''));
        this.#pieces = [];
        if (event !== undefined) yield event;
      }
    }
    if (start < text.length) this.#pieces.push(text.slice(start));
  }

  #line(text: string): ServerSentEvent | undefined {
    const line = this.#isFirst ? text.replace(/^\ufeff/, '') : text;
    this.#isFirst = false;
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    if (name === 'data') this.#data.push(value);
    if (name === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    if (this.#data.length === 0) return undefined;
    const event = { id: this.#id, data: this.#data.join('\n') };
    this.#data = [];
    return event;
  }
}
