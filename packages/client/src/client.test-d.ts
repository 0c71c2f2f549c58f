import type {
  AgentFlowClient,
  AgentFlowClientOptions,
  Message,
  RouteKey,
  RunStream,
  StreamEnd,
  TenantApiKeyListResponse,
  TenantSessionListResponse,
} from './index.js';
import type { RouteAnswers } from './request/route-answers.js';

/*
 * What must compile, and what must not. The compiler checks these lines with the tests; where one of the latter compiles, the build
 * fails.
 */

declare const client: AgentFlowClient;
declare const messages: Message[];
declare const signal: AbortSignal;

/* Programs for AgentFlow's client. */

export async function existing(): Promise<void> {
  const result = await client.invoke(messages, { response_granularity: 'full', onPartialResult: () => {} });
  const all: Message[] = result.all_messages;
  const thread: string = result.meta.thread_id;
  const schema = (await client.graphStateSchema()).data;
  for await (const chunk of client.stream(all, { config: { thread_id: thread } })) {
    if (chunk.event === 'message') void chunk.message?.content;
    if (chunk.event === 'updates' && chunk.data['status'] === 'graph_invoked') void chunk.state?.context;
  }
  const { threads } = (await client.threads('weather', 0, 10)).data;
  await client.threadState(7);
  await client.updateThreadState(threads[0]?.thread_id ?? '', {}, { x: schema });
  client.registerTool({ node: 'n', name: 'x', parameters: { type: 'object' }, handler: async (args) => args });
}

/* Every call takes a signal, in its last place. */

export const signalled: readonly Promise<unknown>[] = [
  ...[client.ping({ signal }), client.me({ signal }), client.graph({ signal }), client.graphTools({ signal })],
  ...[client.graphStateSchema({ signal }), client.observability('t', undefined, { signal }), client.setup({ signal })],
  ...[
    client.invoke(messages, { signal }),
    client.invokeGraph({ messages, signal }),
    client.stream(messages, { signal }).ended,
  ],
  ...[client.wsStream(messages, { signal }).ended, client.wsTicket({ signal }), client.stopGraph('t', {}, { signal })],
  ...[
    client.fixGraph('t', undefined, { signal }),
    client.threads({}, { signal }),
    client.threads('s', 0, 1, { signal }),
  ],
  ...[
    client.threadDetails('t', { signal }),
    client.deleteThread('t', {}, { signal }),
    client.threadState('t', { signal }),
  ],
  ...[client.updateThreadState('t', {}, {}, { signal }), client.clearThreadState('t', { signal })],
  ...[client.threadMessages('t', {}, { signal }), client.threadMessages('t', 's', 0, 1, { signal })],
  ...[client.addThreadMessages('t', messages, {}, {}, { signal }), client.singleMessage('t', 'm', { signal })],
  ...[client.deleteMessage('t', 'm', {}, { signal }), client.grants('t', { signal })],
  ...[client.shareThread('t', { role: 'r', access: 'read' }, { signal }), client.takeBackGrant('t', 'g', { signal })],
  ...[client.storeMemory({ content: 'x' }, { signal }), client.searchMemory({ query: 'x' }, { signal })],
  ...[client.getMemory('m', {}, { signal }), client.updateMemory('m', 'x', {}, { signal })],
  ...[
    client.deleteMemory('m', {}, { signal }),
    client.listMemories({}, { signal }),
    client.forgetMemories({}, { signal }),
  ],
  ...[
    client.uploadFile(new Blob([]), { signal }),
    client.getFile('f', { signal }),
    client.getFileInfo('f', { signal }),
  ],
  ...[client.getFileAccessUrl('f', { signal }), client.getMultimodalConfig({ signal })],
  ...[
    client.auth.methods({ signal }),
    client.auth.login({ username: 'u', password: 'p' }, { signal }),
    client.auth.logout({ signal }),
    client.auth.logoutAll({ signal }),
  ],
  ...[client.auth.me({ signal }), client.auth.sessions({ signal }), client.auth.endSession('s', { signal })],
  ...[
    client.auth.endOtherSessions({ signal }),
    client.auth.changePassword({ currentPassword: 'p', newPassword: 'q' }, { signal }),
  ],
  ...[client.apiKeys.create({ name: 'n' }, { signal }), client.apiKeys.list({ signal })],
  ...[client.apiKeys.revoke('k', { signal }), client.apiKeys.rotate('k', {}, { signal })],
  ...[client.runs({}, { signal }), client.run('r', { signal }), client.request('GET /health', { signal })],
];

/* The route table is the server's. */

const listed: Record<keyof RouteAnswers, true> extends Partial<Record<RouteKey, true>> ? true : false = true;

export { listed };

export const ofTenant: {
  readonly keys: Promise<TenantApiKeyListResponse>;
  readonly sessions: Promise<TenantSessionListResponse>;
} = {
  keys: client.request('GET /v1/tenant/api-keys'),
  sessions: client.request('GET /v1/tenant/sessions', { query: { subject: 's' } }),
};

// @ts-expect-error a route that does not exist
void client.request('GET /v1/nowhere');
// @ts-expect-error a route under another method
void client.request('DELETE /v1/graph');
// @ts-expect-error a route whose path has an id, without it
void client.request('GET /v1/runs/{run_id}');
// @ts-expect-error the id of something else
void client.request('GET /v1/runs/{run_id}', { path: { thread_id: 't' } });
// @ts-expect-error an id where there is none
void client.request('GET /v1/graph', { path: { thread_id: 't' } });
// @ts-expect-error half of the ids
void client.request('GET /v1/threads/{thread_id}/messages/{message_id}', { path: { thread_id: 't' } });

/* Calls. */

// @ts-expect-error there is no sound here
export const session: { send(data: string): void } = client.realtime({ model: 'x' }).send;
// @ts-expect-error the misspelt granularity
void client.invoke(messages, { response_granularity: 'medium' });
// @ts-expect-error onPartialResult is of invoke
client.stream(messages, { onPartialResult: () => {} });
// @ts-expect-error framing is of HTTP
client.wsStream(messages, { framing: 'sse' });
// @ts-expect-error a run that is waited for has no reader that could leave
void client.invoke(messages, { on_disconnect: 'continue' });
// @ts-expect-error a message without a role
void client.invoke([{ content: 'x' }]);
// @ts-expect-error a block that does not exist
void client.invoke([{ role: 'user', content: [{ type: 'txt', text: 'x' }] }]);
// @ts-expect-error a thread is shared with a principal or with a role, not both
void client.shareThread('t', { user: 'u', role: 'r', access: 'read' });
// @ts-expect-error nor with nobody
void client.shareThread('t', { access: 'read' });
// @ts-expect-error a kind of memory that does not exist
void client.storeMemory({ content: 'x', memory_type: 'epic' });
// @ts-expect-error a file is bytes, not their name
void client.uploadFile('a.txt');
// @ts-expect-error a signal is within the options
void client.ping(signal);
// @ts-expect-error the arguments of a handler are what it says that they are
client.registerTool<{ city: string }>({ name: 'weather', handler: ({ town }) => town });

// @ts-expect-error a name without a password
void client.auth.login({ username: 'u' });
// @ts-expect-error who has signed in is told without what they are known by
void client.auth.login({ username: 'u', password: 'p' }).then(({ token }) => token);
// @ts-expect-error a key has a name
void client.apiKeys.create({});
// @ts-expect-error a list never holds a key
void client.apiKeys.list().then(({ apiKeys }) => apiKeys[0]?.key);

/* Credentials. */

const baseUrl = 'http://localhost';
export const ways: readonly AgentFlowClientOptions[] = [
  ...[{ baseUrl }, { baseUrl, authToken: null }, { baseUrl, auth: { type: 'bearer', token: 't' } as const }],
  ...[
    { baseUrl, auth: () => 'token' },
    { baseUrl, auth: async () => ({ type: 'bearer', token: 't' }) as const },
  ],
  ...[{ baseUrl, auth: async ({ refused }: { readonly refused: boolean }) => (refused ? null : 'token') }],
];
export const keeping: AgentFlowClientOptions = {
  ...{ baseUrl, onSessionEnd: ({ reason, user, error }) => void [reason === 'refused', user.username, error?.code] },
  sessionStore: { load: () => null, save: async ({ refreshToken }) => void refreshToken, clear: () => {} },
};
// @ts-expect-error a store that cannot forget
export const unforgetting: AgentFlowClientOptions = { baseUrl, sessionStore: { load: () => null, save: () => {} } };
// @ts-expect-error a client needs an address
export const nowhere: AgentFlowClientOptions = { authToken: 't' };
// @ts-expect-error Basic needs a password
export const half: AgentFlowClientOptions = { baseUrl, auth: { type: 'basic', username: 'u' } };
// @ts-expect-error a function that gives a number
export const numbered: AgentFlowClientOptions = { baseUrl, auth: () => 7 };

/* A stream says why it has ended, and only an error has one. */

export function tell(stream: RunStream, end: StreamEnd): unknown {
  // @ts-expect-error the end comes later
  void stream.ended.reason;
  if (end.reason === 'error') return end.error;
  // @ts-expect-error there is none
  void end.error;
  // @ts-expect-error nothing is asked for, unless it is interrupted
  void end.interrupt;
  return end.reason === 'interrupted' ? end.interrupt : end.threadId;
}
