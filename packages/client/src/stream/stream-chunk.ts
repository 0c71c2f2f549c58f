import type { StreamChunk as WireChunk } from '@agentflow/protocol';
import { isObject } from '../json.js';
import { Message } from '../messages/message.js';
import { type AgentState, readState } from '../messages/wire.js';

/** One event of a run, with its message as a {@link Message}. */
export interface StreamChunk extends Omit<WireChunk, 'message' | 'state'> {
  readonly message: Message | null;
  readonly state: AgentState | null;
}

/** As AgentFlow's client names them. */
export const StreamEventType = { MESSAGE: 'message', UPDATES: 'updates', STATE: 'state', ERROR: 'error' } as const;

/** What a stream carries, as a chunk whose parts are what their types say, whoever wrote it. */
export function readChunk(wire: Record<string, unknown>): StreamChunk {
  const { message, state, data, metadata } = wire;
  return {
    ...(wire as unknown as WireChunk),
    message: isObject(message) ? Message.from(message) : null,
    state: readState(state),
    data: (isObject(data) ? data : {}) as WireChunk['data'],
    metadata: (isObject(metadata) ? metadata : {}) as WireChunk['metadata'],
  };
}
