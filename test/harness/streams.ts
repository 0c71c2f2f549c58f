import { type IncomingMessage, request } from 'node:http';

/** What a stream has told so far. */
export interface OpenStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Each chunk as it came, read from its line. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into chunks whose shape it checks by looking
  readonly chunks: readonly any[]; // oxlint-disable-line typescript/no-explicit-any
  /** Everything as it came. */
  text(): string;
  /** Resolves when so many chunks are there; rejects where the stream ends before. */
  has(count: number): Promise<void>;
  /** Resolves at its end: `complete`, or `broken` where it was cut off. */
  readonly ended: Promise<'complete' | 'broken'>;
  /** Reads nothing until {@link resume}. */
  pause(): void;
  resume(): void;
  leave(): void;
}

export interface StreamOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Opens a stream and reads it as it comes; resolves with the head of the answer. */
export function openStream(url: string, { headers, body }: StreamOptions): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/v1/graph/stream`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
    });
    asked.once('error', reject);
    asked.once('response', (response) => resolve(follow(response, () => asked.destroy())));
    asked.end(JSON.stringify(body));
  });
}

function follow(response: IncomingMessage, leave: () => void): OpenStream {
  const chunks: unknown[] = [];
  let text = '';
  let unread = '';
  let waiting: { readonly count: number; readonly tell: (isThere: boolean) => void }[] = [];
  const tell = (isOver: boolean) => {
    const told = waiting.filter(({ count }) => isOver || chunks.length >= count);
    waiting = waiting.filter((one) => !told.includes(one));
    for (const one of told) one.tell(chunks.length >= one.count);
  };
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    const lines = (unread + piece).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) {
      const json = line.startsWith('data: ') ? line.slice(6) : line;
      if (json.startsWith('{')) chunks.push(JSON.parse(json));
    }
    tell(false);
  });
  const ended = new Promise<'complete' | 'broken'>((resolve) => {
    response.once('error', () => undefined);
    response.once('close', () => {
      resolve(response.complete ? 'complete' : 'broken');
      tell(true);
    });
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    chunks,
    text: () => text,
    ended,
    async has(count) {
      if (chunks.length >= count) return;
      const isThere = await new Promise<boolean>((resolve) => waiting.push({ count, tell: resolve }));
      if (!isThere) throw new Error(`the stream ended with ${chunks.length} of ${count} chunks:\n${text}`);
    },
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    leave,
  };
}
