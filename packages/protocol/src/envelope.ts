/** AgentFlow's success body. `timestamp` is RFC 3339 in UTC. */
export interface Envelope<T> {
  readonly data: T;
  readonly metadata: { readonly request_id: string; readonly timestamp: string; readonly message: string };
}

export function formatEnvelope<T>(data: T, requestId: string, timestamp: string, message = 'OK'): Envelope<T> {
  return { data, metadata: { request_id: requestId, timestamp, message } };
}
