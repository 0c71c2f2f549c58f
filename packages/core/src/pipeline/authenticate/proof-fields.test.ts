import { expect, test } from 'vitest';
import type { RequestView } from '../request.js';
import { proofFields, withProof } from './proof-fields.js';

const handshake = new Map([
  ['host', 'api.example.com'],
  ['origin', 'https://app.example.com'],
  ['sec-websocket-key', 'x'],
  ['user-agent', 'a browser'],
  ['x-forwarded-for', '192.0.2.1'],
  ['x-policy-revision', '3'],
  ['authorization', 'Basic eA=='],
  ['cookie', 'a=b'],
  ['x-team-pass', 'open sesame'],
]);

test('whatever a plugin may read is proof; what everybody knows to say nothing is none', () => {
  expect([...proofFields(handshake).keys()]).toEqual(['authorization', 'cookie', 'x-team-pass']);
});

test('another proof leaves nothing of the former, and the rest as it was', () => {
  const view = { headers: handshake, credential: { scheme: 'basic', credentials: 'eA==' } } as unknown as RequestView;
  const { headers, credential } = withProof(view, new Map([['authorization', 'Bearer abc']]));
  expect(credential).toEqual({ scheme: 'bearer', credentials: 'abc' });
  expect([...headers.keys()]).toEqual([...[...handshake.keys()].slice(0, 6), 'authorization']);
  expect(withProof(view, new Map()).credential).toBeNull();
  expect(handshake.size).toBe(9);
});
