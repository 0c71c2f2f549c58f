import { createServer, type ServerResponse } from 'node:http';
import { afterAll, beforeAll } from 'vitest';

/** One call that a verify endpoint got. */
export interface VerifyCall {
  readonly token: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type Answer = (response: ServerResponse, call: VerifyCall) => void;

/** Stands in for an issuer's verify endpoint; answers by token, and counts. */
export interface VerifyEndpoint {
  readonly url: string;
  readonly calls: readonly VerifyCall[];
  callsFor(token: string): number;
  /** What a token is answered from now on. */
  on(token: string, answer: Answer): void;
  /** Calls that have not been answered yet. */
  readonly open: number;
  /** The most calls that were open at once since it was last asked. */
  takePeak(): number;
  /** Resolves when so many calls are open. */
  waitForOpen(count: number): Promise<void>;
}

/** A JSON answer, or any text. */
export function answering(body: object | string, status = 200, type = 'application/json'): Answer {
  return (response) => {
    response.writeHead(status, { 'Content-Type': type });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Starts it before the tests of the file or block it is called in. A token it does not know is answered 401. */
export function verifyEndpoint(): VerifyEndpoint {
  const calls: VerifyCall[] = [];
  const answers = new Map<string, Answer>();
  const open = new Set<ServerResponse>();
  let peak = 0;
  let waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const fields: unknown = JSON.parse(body);
      const [token] = typeof fields === 'object' && fields !== null ? Object.values(fields) : [];
      const call = { token: String(token), body, headers: request.headers };
      calls.push(call);
      open.add(response);
      peak = Math.max(peak, open.size);
      response.on('close', () => open.delete(response));
      for (const { count, resolve } of waiting) if (open.size >= count) resolve();
      waiting = waiting.filter(({ count }) => open.size < count);
      (answers.get(call.token) ?? answering({}, 401))(response, call);
    });
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    get url() {
      const address = server.address();
      return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/verify`;
    },
    calls,
    callsFor: (wanted) => calls.filter(({ token }) => token === wanted).length,
    on: (token, answer) => void answers.set(token, answer),
    get open() {
      return open.size;
    },
    takePeak() {
      const taken = peak;
      peak = open.size;
      return taken;
    },
    waitForOpen: (count) =>
      open.size >= count ? Promise.resolve() : new Promise((resolve) => void waiting.push({ count, resolve })),
  };
}
