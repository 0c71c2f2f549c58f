/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies whose shape it checks by looking
  readonly body: any; // oxlint-disable-line typescript/no-explicit-any
  readonly text: string;
}

export interface SendOptions {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; a text is sent as it is. */
  readonly body?: object | string;
  readonly signal?: AbortSignal;
}

/** One request; the body is read as JSON where it is JSON. */
export async function send(url: string, { method, token, headers, body, signal }: SendOptions = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : undefined, text };
}

/** The body of an invoke that says one thing on one thread. */
export function say(text: string, threadId?: string, more: object = {}): object {
  return {
    messages: [{ role: 'user', content: text }],
    config: { ...(threadId !== undefined && { thread_id: threadId }) },
    ...more,
  };
}

/** The text of the last message of an invoke's answer. */
export function lastText(answer: Answer): string {
  return answer.body.data.messages.at(-1).content[0].text;
}
