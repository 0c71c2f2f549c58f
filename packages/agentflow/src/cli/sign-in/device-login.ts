import { setTimeout as wait } from 'node:timers/promises';
import { type AgentFlowClient, AgentFlowError } from '@agentflow/client';
import { systemClock, toPrintable } from '@agentflow/core';
import type { DeviceSignInResponse, LoginResponse } from '@agentflow/protocol';
import { paint } from '../../log/style.js';

/** RFC 8628 §3.5: by so many seconds longer between questions from now on. */
const slowDownSeconds = 5;

/** Whoever cannot reach the server asks less often, and no less often than this. */
const longestPause = 60;

/** Shows a code, and waits until somebody has typed it in elsewhere (RFC 8628). */
export async function signInByDevice(client: AgentFlowClient, provider: string): Promise<LoginResponse> {
  const path = { provider };
  const given = await client.request('POST /v1/auth/oauth/{provider}/device', { path });
  show(given);
  let { interval } = given;
  // A clock of ours that is wrong ends nothing early: how long it is good is the server's to say, when it is asked.
  const giveUpAt = systemClock.now() + 30 * 60_000;
  while (systemClock.now() < giveUpAt) {
    await wait(interval * 1000);
    const body = { deviceCode: given.deviceCode };
    const answer = await client
      .request('POST /v1/auth/oauth/{provider}/device/token', { path, body })
      .catch(laterIfAway);
    switch (answer.status) {
      case 'signed-in':
        return answer.session;
      case 'denied':
        throw new Error('the sign-in was refused');
      case 'expired':
        throw new Error('the code has run out: begin again');
      case 'slow-down':
        interval += slowDownSeconds;
        break;
      case 'away':
        interval = Math.min(interval * 2, longestPause);
        break;
      case 'pending':
        break;
    }
  }
  throw new Error('the code has run out: begin again');
}

/** A server that is away for a moment, or a provider of its own, may be back before the code runs out. */
function laterIfAway(error: unknown): { readonly status: 'away' } {
  const isAway = error instanceof AgentFlowError && (error.status === 0 || error.status >= 500 || error.status === 429);
  if (isAway) return { status: 'away' };
  throw error;
}

/** What others have written goes to a terminal as text. */
function show({ userCode, verificationUri, verificationUriComplete }: DeviceSignInResponse): void {
  const lines = [
    '',
    `  Open      ${paint('bold', toPrintable(verificationUri), process.stderr)}`,
    `  and type  ${paint('bold', toPrintable(userCode), process.stderr)}`,
    ...(verificationUriComplete === undefined ? [] : [`  or open   ${toPrintable(verificationUriComplete)}`]),
    '',
    '  Waiting …  (Ctrl-C gives up)',
    '',
  ];
  process.stderr.write(lines.join('\n'));
}
