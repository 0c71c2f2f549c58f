import {
  type AuthenticationRequest,
  BadRequestError,
  type BaseAuth,
  createAuthenticationRequest,
  type Evidence,
  isThenable,
  type Log,
  type Principal,
  type RequestView,
  receive,
  toAuthenticationResult,
  withDeadline,
} from '@agentflow/core';

export type TestedAuth = Pick<BaseAuth, 'authenticate'> & Partial<BaseAuth>;

/** What the server makes of an answer. `failed` is what ends as 503: a throw, a time-out, or nonsense. */
export type Outcome =
  | { readonly kind: 'authenticated'; readonly principal: Principal; readonly evidence: Evidence }
  | { readonly kind: 'not-applicable'; readonly reason?: string }
  | { readonly kind: 'rejected'; readonly reason: string; readonly code: string }
  | { readonly kind: 'failed'; readonly error: unknown };

/** An answer, and all that the backend has left behind on its way to it. */
export interface Presented {
  readonly outcome: Outcome;
  readonly request: AuthenticationRequest;
  readonly logged: readonly unknown[];
}

export interface PresentOptions {
  readonly deadlineMilliseconds?: number | undefined;
  readonly signal?: AbortSignal;
}

let count = 0;

async function* noBody(): AsyncGenerator<Uint8Array> {}

/**
 * The request as the server's first stage reads it.
 * @throws {BadRequestError} if it would go no further
 */
export function readRequest(headers: Readonly<Record<string, string>>): RequestView {
  count += 1;
  const incoming = {
    method: 'GET',
    target: '/v1/threads',
    rawHeaders: Object.entries(headers).flat(),
    address: '127.0.0.1',
    transport: 'http' as const,
    body: noBody(),
    signal: new AbortController().signal,
    serverEnd: new AbortController().signal,
  };
  // What may only be sent over TLS is looked at.
  const client = { address: incoming.address, isSecure: true };
  return receive(incoming, `conformance-${count}`, client, {
    matchRoute: () => ({ kind: 'not-found' }),
    localOnly: false,
  });
}

/** Asks a backend as the pipeline does: one frozen request, one deadline, one translation of the answer. */
export async function presentFully(
  backend: TestedAuth,
  headers: Readonly<Record<string, string>>,
  { deadlineMilliseconds = 5_000, signal }: PresentOptions = {},
): Promise<Presented> {
  const view = readRequest(headers);
  const request = createAuthenticationRequest(view);
  const logged: unknown[] = [];
  const note = (...what: unknown[]) => void logged.push(what);
  const log: Log = { info: note, warn: note, error: note };
  const context = Object.freeze({ log, signal: signal ?? AbortSignal.timeout(deadlineMilliseconds) });
  const ask = async (): Promise<Outcome> => {
    try {
      const answer = backend.authenticate(request, context, view.credential);
      const settled = isThenable(answer) ? await withDeadline(answer, deadlineMilliseconds, 'the backend') : answer;
      return toAuthenticationResult(settled);
    } catch (error) {
      return { kind: 'failed', error };
    }
  };
  return { outcome: await ask(), request, logged };
}

/** The outcome alone; what the server's first stage refuses is rejected, and no backend hears of it. */
export async function present(
  backend: TestedAuth,
  headers: Readonly<Record<string, string>>,
  options?: PresentOptions,
): Promise<Outcome> {
  try {
    return (await presentFully(backend, headers, options)).outcome;
  } catch (error) {
    if (error instanceof BadRequestError) return { kind: 'rejected', reason: error.message, code: error.code };
    throw error;
  }
}

/** For a message: never more of the credential than its owner has put into it. */
export function tell(outcome: Outcome): string {
  if (outcome.kind === 'authenticated') return `authenticated as ${JSON.stringify(outcome.principal.subject)}`;
  if (outcome.kind !== 'failed') return outcome.kind;
  const { error } = outcome;
  return `503, because it ${error instanceof Error ? `threw or answered nonsense: ${error.message}` : 'threw no Error'}`;
}

/** What two answers to one request must have in common. */
export function essence(outcome: Outcome): string {
  return JSON.stringify(outcome.kind === 'authenticated' ? outcome.principal : outcome.kind);
}
