import { type AgentFlowClient, NetworkError, PermissionError } from '@agentflow/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { signInByDevice } from './device-login.js';

const session = { token: 't' };

/** What each question comes to, in turn; the first is answered with a code. */
function answering(...answers: readonly unknown[]): AgentFlowClient {
  const left = [{ deviceCode: 'd', userCode: 'u', verificationUri: 'https://login.example', interval: 0 }, ...answers];
  const request = async () => {
    const next = left.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  return { request } as unknown as AgentFlowClient;
}

beforeEach(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true));
afterEach(() => vi.restoreAllMocks());

const facts = { message: 'as it was told', code: 'X' };

test('a connection that is lost for a moment does not end the wait', async () => {
  const lost = new NetworkError('lost', { ...facts, status: 0 });
  const client = answering(lost, { status: 'pending' }, lost, { status: 'signed-in', session });
  expect(await signInByDevice(client, 'home')).toBe(session);
});

test('a refusal does', async () => {
  const refused = new PermissionError('refused', { ...facts, status: 403 });
  await expect(signInByDevice(answering(refused, { status: 'signed-in', session }), 'home')).rejects.toBe(refused);
});
