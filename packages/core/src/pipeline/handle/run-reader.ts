import type { Call } from './call.js';

/** What a run does when nobody reads it any more. */
export const onDisconnectChoices = ['cancel', 'continue'] as const;

export type OnDisconnect = (typeof onDisconnectChoices)[number];

export interface RunWithReader {
  /** The call, ended by what ends the run. */
  readonly call: Call;
  /** Says that nobody reads the run any more: it ends with this, unless the request asked that it goes on into the thread. */
  readonly unread: (reason: Error) => void;
}

/** A reader that has gone ends its run, or does not, as the request asks. The end of the server, and of the right, always do. */
export function withReader(call: Call, onDisconnect: OnDisconnect): RunWithReader {
  if (onDisconnect === 'continue') return { call: { ...call, signal: call.serverEnd }, unread: () => undefined };
  const unread = new AbortController();
  return {
    call: { ...call, signal: AbortSignal.any([call.signal, unread.signal]) },
    unread: (reason) => unread.abort(reason),
  };
}
