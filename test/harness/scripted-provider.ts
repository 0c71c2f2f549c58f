import { type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { generateKeys } from './key-pairs.js';

/** What it answers at one of its endpoints. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly body: object;
}

type Fields = Readonly<Record<string, string>>;

/** An OpenID provider that says at its token and device endpoints whatever a test has it say. What it says of itself is in order. */
export interface ScriptedProvider {
  readonly issuer: string;
  /** What was sent to its token endpoint, in order. */
  readonly asked: Fields[];
  /** Undefined: the connection is closed without a word. */
  onToken: (fields: Fields) => Promise<ScriptedAnswer> | ScriptedAnswer | undefined;
  onDevice: () => ScriptedAnswer;
  /** In the place of what its metadata say. */
  metadata: Readonly<Record<string, unknown>>;
  /** A token that is in order but for what is given: `sub` "alice", for `agentflow`. An undefined claim is left out. */
  idToken(claims?: Readonly<Record<string, unknown>>, options?: { readonly key?: 'own' | 'foreign' }): string;
}

/** Starts it before the tests of the file or block it is called in. */
export function scriptedProvider(): ScriptedProvider {
  const asked: Fields[] = [];
  let issuer = '';
  const [own, foreign] = [createKeys(), createKeys()];
  const keys: Record<'own' | 'foreign', KeyObject> = { own: own.privateKey, foreign: foreign.privateKey };
  const published = { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }] };
  const provider: ScriptedProvider = {
    get issuer() {
      return issuer;
    },
    asked,
    onToken: () => ({ status: 400, body: { error: 'invalid_grant' } }),
    onDevice: () => ({ status: 400, body: { error: 'invalid_request' } }),
    metadata: {},
    idToken(claims = {}, { key = 'own' } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: issuer, sub: 'alice', aud: 'agentflow', iat: now, exp: now + 300, ...claims };
      return signed({ alg: 'ES256', kid: 'one' }, all, keys[key]);
    },
  };
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const said = await find(request);
    if (said === undefined) {
      response.destroy();
      return;
    }
    response.writeHead(said.status ?? 200, { 'Content-Type': 'application/json' }).end(JSON.stringify(said.body));
  }

  async function find(request: IncomingMessage): Promise<ScriptedAnswer | undefined> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const fields = Object.fromEntries(new URLSearchParams(text));
    switch (request.url ?? '') {
      case '/.well-known/openid-configuration':
        return { body: { ...describe(issuer), ...provider.metadata } };
      case '/jwks':
        return { body: published };
      case '/device':
        return provider.onDevice();
      case '/token':
        asked.push(fields);
        return provider.onToken(fields);
      default:
        return { status: 404, body: {} };
    }
  }

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => close(server));
  return provider;
}

function createKeys() {
  return generateKeys('ec', { namedCurve: 'P-256' });
}

function signed(header: object, payload: object, key: KeyObject): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode(header)}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

function describe(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    device_authorization_endpoint: `${issuer}/device`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: false,
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic'],
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
