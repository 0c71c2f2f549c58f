import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createCertificate } from './certificate.js';
import { listenToComeBack } from './free-port.js';
import { createKeyPair, type KeyPair } from './key-pairs.js';

/* A provider that does, on command, whatever a real one should not: for what one in good health never shows. */

export type Misbehaviour = (response: ServerResponse, request: IncomingMessage, body: string) => unknown;

/** JSON, or any text, under any status. */
export function answers(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Misbehaviour {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

export const hangs: Misbehaviour = () => undefined;

export const breaks: Misbehaviour = (response) => response.socket?.destroy();

export const redirectsTo =
  (location: string, status = 302): Misbehaviour =>
  (response) =>
    response.writeHead(status, { Location: location }).end();

/** A byte, and then another after a while, without end. */
export const drips: Misbehaviour = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};

/** What became of a flood: how much of it was taken before it was cut off. */
export interface Flood {
  readonly misbehaviour: Misbehaviour;
  /** Resolves with the bytes that the connection has taken once it is closed. */
  readonly taken: Promise<number>;
}

/** As many bytes as the other side takes, up to a number that would fill its memory. */
export function floods(bytes: number, status = 200): Flood {
  let tell: (taken: number) => void = () => undefined;
  const taken = new Promise<number>((resolve) => {
    tell = resolve;
  });
  const chunk = Buffer.alloc(64 * 1024, ' ');
  return {
    taken,
    misbehaviour(response) {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      const { socket } = response;
      let written = 0;
      response.on('close', () => tell(socket?.bytesWritten ?? 0));
      const pour = () => {
        while (written < bytes && !response.destroyed) {
          written += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pour);
        }
        response.end();
      };
      pour();
    },
  };
}

export interface FaultyProvider {
  /** `http://127.0.0.1:40123`, and its "iss". */
  readonly issuer: string;
  readonly jwksUri: string;
  readonly introspectionUrl: string;
  /** Signs with ES256, under the key id "k1", and is published unless {@link publish} says otherwise. */
  readonly pair: KeyPair;
  /** What `/keys` holds from now on. */
  publish(...jwks: readonly object[]): void;
  /** How a path is answered from now on, in this test. */
  on(path: string, misbehaviour: Misbehaviour): void;
  /** The same in all tests, until it is undefined. */
  always(path: string, misbehaviour: Misbehaviour | undefined): void;
  /** Requests for a path, or for any, since the test began. */
  requestsTo(path?: string): number;
  /** Since it was started. */
  everAsked(path: string): number;
  /** Connections since the test began. */
  readonly connections: number;
  /** What was asked about at `/introspect` since the test began, with the fields of each request. */
  readonly asked: readonly { readonly form: URLSearchParams; readonly headers: IncomingMessage['headers'] }[];
  /** What `/introspect` says of a token; of any other, that it is not active. */
  knows(token: string, answer: object | Misbehaviour): void;
  /** Resolves when so many requests are open. */
  waitForOpen(count: number): Promise<void>;
  /** Stops listening; whoever asks is refused. */
  stop(): Promise<void>;
  resume(): Promise<void>;
}

const metadataPath = '/.well-known/openid-configuration';

/** What there is to see, and what a provider in good health says. */
interface ProviderState {
  readonly published: object[];
  readonly tokens: Map<string, object | Misbehaviour>;
  readonly asked: { form: URLSearchParams; headers: IncomingMessage['headers'] }[];
}

function healthyAnswers(origin: () => string, state: ProviderState): Readonly<Record<string, Misbehaviour>> {
  return {
    [metadataPath]: (...all) =>
      answers({
        ...{ issuer: origin(), jwks_uri: `${origin()}/keys`, introspection_endpoint: `${origin()}/introspect` },
      })(...all),
    '/keys': (...all) => answers({ keys: state.published })(...all),
    '/introspect': (response, request, body) => {
      const form = new URLSearchParams(body);
      state.asked.push({ form, headers: request.headers });
      const known = state.tokens.get(form.get('token') ?? '') ?? { active: false };
      const answer = typeof known === 'function' ? (known as Misbehaviour) : answers(known);
      return answer(response, request, body);
    },
  };
}

/** A server of this machine that can be stopped and come back where it was. */
function listener(
  tls: KeyPair | undefined,
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
) {
  let port = 0;
  let connections = 0;
  const answer = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response).catch(() => response.destroy());
  const server: Server =
    tls === undefined
      ? createServer(answer)
      : createSecureServer(
          {
            key: tls.privateKey.export({ type: 'pkcs8', format: 'pem' }),
            cert: createCertificate(tls.privateKey, tls.publicKey),
          },
          answer,
        );
  server.on('connection', () => {
    connections += 1;
  });
  return {
    origin: () => `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    takeConnections: () => connections,
    forgetConnections: () => {
      connections = 0;
    },
    listen: async () => {
      if (port === 0) port = await listenToComeBack(server);
      else await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Starts it before the tests of the file or block it is called in; each test finds it in good health. `tls`: with a certificate that nobody trusts. */
export function faultyProvider({ tls = false }: { readonly tls?: boolean } = {}): FaultyProvider {
  const pair = createKeyPair('ES256');
  const state: ProviderState = { published: [], tokens: new Map(), asked: [] };
  const [scripts, lasting] = [new Map<string, Misbehaviour>(), new Map<string, Misbehaviour | undefined>()];
  const [seen, ever]: [string[], string[]] = [[], []];
  const open = new Set<ServerResponse>();
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*/, '');
    for (const list of [seen, ever]) list.push(path);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    open.add(response);
    response.on('close', () => open.delete(response));
    const script = scripts.get(path) ?? lasting.get(path) ?? healthy[path] ?? answers({}, 404);
    script(response, request, body);
    for (const { count, resolve } of waiting) if (open.size >= count) resolve();
    waiting = waiting.filter(({ count }) => open.size < count);
  }

  const { origin, listen, stop, takeConnections, forgetConnections } = listener(tls ? pair : undefined, handle);
  const healthy = healthyAnswers(origin, state);
  const publish = (...jwks: readonly object[]) => void state.published.splice(0, state.published.length, ...jwks);

  beforeAll(listen);
  beforeEach(() => {
    publish(pair.jwk({ kid: 'k1', alg: 'ES256', use: 'sig' }));
    scripts.clear();
    state.tokens.clear();
    for (const list of [seen, state.asked]) list.length = 0;
    forgetConnections();
  });
  afterAll(stop);

  return {
    get issuer() {
      return origin();
    },
    get jwksUri() {
      return `${origin()}/keys`;
    },
    get introspectionUrl() {
      return `${origin()}/introspect`;
    },
    ...{ pair, asked: state.asked, publish, stop, resume: listen },
    on: (path, misbehaviour) => void scripts.set(path, misbehaviour),
    always: (path, misbehaviour) => void lasting.set(path, misbehaviour),
    requestsTo: (path) => (path === undefined ? seen.length : seen.filter((one) => one === path).length),
    everAsked: (path) => ever.filter((one) => one === path).length,
    get connections() {
      return takeConnections();
    },
    knows: (token, answer) => void state.tokens.set(token, answer),
    waitForOpen: (count) =>
      open.size >= count ? Promise.resolve() : new Promise((resolve) => void waiting.push({ count, resolve })),
  };
}
