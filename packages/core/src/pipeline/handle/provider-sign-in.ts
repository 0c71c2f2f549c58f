import type { DeviceTokenResponse } from '@agentflow/protocol';
import { z } from 'zod';
import type { ProviderSignIn, SentOn } from '../../identity/provider-sign-in.js';
import { createPrincipal } from '../../principal.js';
import type { Handlers, PublicCall } from './call.js';
import { data, type Outcome } from './outcome.js';
import { type RouteInputs, readInput } from './read-input.js';
import { tellIssued } from './sign-in.js';
import { switchedOff } from './switched-off.js';

const deviceTokenSchema = z.strictObject({ deviceCode: z.string().min(1).max(4096) });

export const providerSignInInputs = {
  finishDeviceSignIn: { body: deviceTokenSchema },
} satisfies RouteInputs;

type RouteNames = 'beginProviderSignIn' | 'finishProviderSignIn' | 'beginDeviceSignIn' | 'finishDeviceSignIn';

/** Signing in with a provider, in a browser and without one. */
export function createProviderSignInHandlers({
  login,
}: {
  readonly login?: { readonly providerSignIn?: ProviderSignIn | undefined } | undefined;
}): Pick<Handlers, RouteNames> {
  const signIn = login?.providerSignIn;
  if (signIn === undefined) {
    return switchedOff('beginProviderSignIn', 'finishProviderSignIn', 'beginDeviceSignIn', 'finishDeviceSignIn');
  }
  return {
    beginProviderSignIn: async (call) => sendOn(call, await signIn.begin(visitOf(call))),
    finishProviderSignIn: async (call) => sendOn(call, await signIn.finish(visitOf(call))),
    beginDeviceSignIn: async (call) => data(await signIn.beginDevice(providerOf(call), call)),
    finishDeviceSignIn: async (call) => {
      const { deviceCode } = readInput(deviceTokenSchema, call.body, 'body');
      const result = await signIn.finishDevice(providerOf(call), deviceCode, call);
      if (result.status !== 'signed-in') return data({ status: result.status } satisfies DeviceTokenResponse);
      const session = tellIssued(call, result.issued);
      return data({ status: 'signed-in', session } satisfies DeviceTokenResponse);
    },
  };
}

function visitOf(call: PublicCall) {
  const { headers, address, signal, query } = call;
  return { provider: providerOf(call), query, headers, address, signal };
}

function providerOf({ parameters }: PublicCall): string {
  return parameters['provider'] ?? '';
}

function sendOn(call: PublicCall, { location, cookies, principal }: SentOn): Outcome {
  if (principal !== undefined) call.recordPrincipal(createPrincipal(principal), 'login');
  return { kind: 'redirect', location, headers: { 'Set-Cookie': cookies } };
}
