/* JSON that is never whole in memory: its parts are texts that are written one after another, each read when it is its turn. */

export type JsonText = AsyncIterable<string>;

/** How much of it is sent at once. */
const pieceBytes = 64 * 1024;

/** What is small enough to be written at once. */
export async function* jsonValue(read: () => unknown): AsyncGenerator<string, void, undefined> {
  yield JSON.stringify(await read());
}

export async function* jsonObject(
  members: Iterable<readonly [name: string, value: JsonText]>,
): AsyncGenerator<string, void, undefined> {
  let before = '{';
  for (const [name, value] of members) {
    yield `${before}${JSON.stringify(name)}:`;
    yield* value;
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

export async function* jsonList(
  items: AsyncIterable<JsonText> | Iterable<JsonText>,
): AsyncGenerator<string, void, undefined> {
  let before = '[';
  for await (const item of items) {
    yield before;
    yield* item;
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** In pieces that are neither tiny nor so large that a slow reader would take long over one. */
export async function* toPieces(text: JsonText): AsyncGenerator<Uint8Array, void, undefined> {
  let waiting = '';
  for await (const part of text) {
    waiting += part;
    if (waiting.length < pieceBytes) continue;
    yield* cut(waiting);
    waiting = '';
  }
  yield* cut(waiting);
}

/** Bytes, and no shorter texts: a cut must not part the two halves of a character. */
function* cut(text: string): Generator<Uint8Array, void, undefined> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}
