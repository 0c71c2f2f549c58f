import assert from 'node:assert/strict';
import {
  AgentFlowClient,
  AuthenticationError,
  bearerAuth,
  headerAuth,
  Message,
  NotFoundError,
  NotSupportedError,
  PermissionError,
} from '@agentflow/client';

/* Uses every method of the client, each for what it is there for: TOKEN=… READER_TOKEN=… node program.mjs http://127.0.0.1:8000 */

const [baseUrl = 'http://127.0.0.1:8000'] = process.argv.slice(2);
const { TOKEN = '', READER_TOKEN = '' } = process.env;

// Node has a WebSocket of its own from version 22 on.
const webSocketImpl = globalThis.WebSocket ?? (await import('ws')).WebSocket;
const client = new AgentFlowClient({ baseUrl, auth: bearerAuth(TOKEN), webSocketImpl });
const reader = new AgentFlowClient({ baseUrl, auth: bearerAuth(READER_TOKEN) });
const stranger = new AgentFlowClient({ baseUrl });

const thread_id = `program-${crypto.randomUUID()}`;
const config = { thread_id };
const said = (text) => [Message.text_message(text)];
const textOf = (messages) => messages.at(-1).text();
const print = (line) => process.stdout.write(`${line}\n`);
const step = (what) => print(`ok  ${what}`);

async function chunksOf(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, end: await stream.ended, text: textOf(chunks.flatMap(({ message }) => (message ? [message] : []))) };
}

async function whoAmI() {
  assert.equal((await client.ping()).data, 'pong');
  const me = await client.me();
  await assert.rejects(stranger.me(), AuthenticationError);
  step(`ping, me: ${me.user_id}, by ${me.method}`);
}

async function theGraph() {
  const { data } = await client.graph();
  assert.ok(data.nodes.some(({ name }) => name === 'agent'));
  assert.ok((await client.graphStateSchema()).data.properties.context);
  step(`graph, graphStateSchema: ${data.info.node_count} nodes`);
}

async function runs() {
  const answer = await client.invoke(said('Hello'), { config });
  assert.equal(textOf(answer.messages), 'You have said: Hello');
  assert.equal(answer.meta.thread_id, thread_id);
  const guide = await client.invokeGraph({ messages: [{ role: 'user', content: 'Hello again' }], config });
  assert.equal(textOf(guide.messages), 'You have said: Hello again');
  for (const framing of ['ndjson', 'sse']) {
    const { end, text } = await chunksOf(client.stream(said(`As ${framing}`), { config, framing }));
    assert.deepEqual([text, end.reason], [`You have said: As ${framing}`, 'completed']);
  }
  const { end, text } = await chunksOf(client.wsStream(said('Over a socket'), { config }));
  assert.deepEqual([text, end.reason], ['You have said: Over a socket', 'completed']);
  await assert.rejects(reader.invoke(said('Hello')), PermissionError);
  step('invoke, invokeGraph, stream, wsStream');
}

async function ticket() {
  const { ticket: text, expires_in_seconds: seconds } = await client.wsTicket();
  assert.ok(text.length > 20 && seconds <= 30);
  step('wsTicket');
}

async function interrupts() {
  const asked = await client.invoke(said('May I come in?'), { config });
  assert.equal(asked.meta.status, 'interrupted');
  assert.deepEqual(asked.meta.interrupt, { question: 'May I come in?' });
  const answered = await client.invoke([], { config, resume: true });
  assert.equal(textOf(answered.messages), 'You may.');
  step('an interrupt, and its answer');
}

async function remoteTools() {
  let calls = 0;
  const place = async ({ precise }) => {
    calls += 1;
    return precise ? 'in the kitchen' : 'at home';
  };
  client.registerTool({
    ...{ node: 'agent', name: 'where_am_i', description: 'Where the person is.', handler: place },
    parameters: { type: 'object', properties: { precise: { type: 'boolean' } } },
  });
  assert.deepEqual((await client.setup()).data.registered_tools, ['where_am_i']);
  const { data } = await client.graphTools();
  assert.ok(
    data.nodes.some(({ tools }) => tools.some(({ name, source }) => name === 'where_am_i' && source === 'remote')),
  );
  const invoked = await client.invoke(said('Where am I?'), { config });
  assert.deepEqual([textOf(invoked.messages), invoked.iterations], ['Your client says: in the kitchen.', 2]);
  client.registerToolHandler('where_am_i', async (args) => `${await place(args)}, by a handler`);
  const streamed = await chunksOf(client.stream(said('Where am I?'), { config }));
  assert.deepEqual([streamed.text, streamed.end.rounds], ['Your client says: in the kitchen, by a handler.', 2]);
  const socket = await chunksOf(client.wsStream(said('Where am I?'), { config }));
  assert.deepEqual([socket.text, socket.end.rounds, calls], ['Your client says: in the kitchen, by a handler.', 2, 3]);
  step('registerTool, setup, graphTools, registerToolHandler');
}

async function stopping() {
  const stream = client.stream(said('Count'), { config, recursion_limit: 100 });
  for await (const { message } of stream) {
    if (message?.role === 'assistant') await client.stopGraph(thread_id);
  }
  assert.equal((await stream.ended).reason, 'stopped');
  assert.equal((await client.fixGraph(thread_id)).data.success, true);
  step('stopGraph, fixGraph');
}

async function whatHasRun() {
  const { runs: listed } = await client.runs({ thread_id, limit: 100 });
  assert.ok(listed.some(({ status }) => status === 'stopped'));
  assert.equal((await client.run(listed[0].run_id)).thread_id, thread_id);
  assert.equal((await client.observability(thread_id)).data.run_count, listed.length);
  step(`runs, run, observability: ${listed.length} runs`);
}

async function threads() {
  const { data } = await client.threads({ limit: 100 });
  assert.ok(data.threads.some((thread) => thread.thread_id === thread_id));
  assert.equal((await client.threadDetails(thread_id)).data.thread_data.thread.thread_id, thread_id);
  await assert.rejects(reader.threadDetails(thread_id), NotFoundError);
  const { state } = (await client.threadState(thread_id)).data;
  await client.updateThreadState(thread_id, config, { context: [] });
  await client.addThreadMessages(thread_id, said('By the way'), config);
  const { messages } = (await client.threadMessages(thread_id, { limit: 100 })).data;
  assert.equal(messages.length, state.context.length + 1);
  const { message_id: id } = messages.at(-1);
  assert.equal((await client.singleMessage(thread_id, id)).data.text(), 'By the way');
  await client.deleteMessage(thread_id, id, config);
  await assert.rejects(client.singleMessage(thread_id, id), NotFoundError);
  step('threads, threadDetails, threadState, updateThreadState');
  step('addThreadMessages, threadMessages, singleMessage, deleteMessage');
}

async function sharing() {
  const { user_id: user } = await reader.me();
  const grant = await client.shareThread(thread_id, { user, access: 'read' });
  assert.equal((await client.grants(thread_id)).grants.length, 1);
  const [shared] = (await reader.threads({ shared: true })).data.threads;
  assert.ok((await reader.threadMessages(shared.thread_id)).data.messages.length > 0);
  await client.takeBackGrant(thread_id, grant.grant_id);
  await assert.rejects(reader.threadDetails(shared.thread_id), NotFoundError);
  step('shareThread, grants, takeBackGrant');
}

async function memories() {
  const { memory_id: id } = (await client.storeMemory({ content: 'Likes rye bread', metadata: { about: 'food' } }))
    .data;
  assert.equal((await client.searchMemory({ query: 'rye bread' })).data.results[0].id, id);
  await client.updateMemory(id, 'Likes white bread');
  assert.equal((await client.getMemory(id)).data.memory.content, 'Likes white bread');
  assert.ok((await client.listMemories()).data.memories.length > 0);
  await client.deleteMemory(id);
  await client.storeMemory({ content: 'Likes tea', category: 'drinks' });
  await client.forgetMemories({ category: 'drinks' });
  assert.equal((await client.listMemories({ category: 'drinks' })).data.memories.length, 0);
  step('storeMemory, searchMemory, getMemory, updateMemory, listMemories, deleteMemory, forgetMemories');
}

async function files() {
  const data = new Blob(['Rye, water, salt.\n'], { type: 'text/plain' });
  const { file_id: id } = (await client.uploadFile({ data, filename: 'recipe.txt' })).data;
  assert.equal(await (await client.getFile(id)).text(), 'Rye, water, salt.\n');
  assert.equal((await client.getFileInfo(id)).data.filename, 'recipe.txt');
  const { url } = (await client.getFileAccessUrl(id)).data;
  assert.equal(await (await fetch(client.addressOf(url))).text(), 'Rye, water, salt.\n');
  assert.ok((await client.getMultimodalConfig()).data.media_max_size_mb > 0);
  const answer = await client.invoke([Message.withFile('What is in it?', id, 'text/plain')], { config });
  assert.match(textOf(answer.messages), /What is in it/);
  await assert.rejects(reader.getFile(id), PermissionError);
  await client.deleteFile(id);
  await assert.rejects(client.getFile(id), NotFoundError);
  step('uploadFile, getFile, getFileInfo, getFileAccessUrl, addressOf, deleteFile, getMultimodalConfig');
}

async function signingIn() {
  assert.equal((await stranger.auth.methods()).password, true);
  const [username, password, another] = [`guest-${crypto.randomUUID()}`, crypto.randomUUID(), crypto.randomUUID()];
  const { id } = await client.request('POST /v1/users', { body: { username, password, roles: ['reader'] } });
  const ends = [];
  const guest = new AgentFlowClient({ baseUrl, onSessionEnd: ({ reason }) => ends.push(reason) });
  const elsewhere = new AgentFlowClient({ baseUrl, onSessionEnd: ({ reason }) => ends.push(`elsewhere: ${reason}`) });
  await assert.rejects(guest.auth.login({ username, password: another }), AuthenticationError);
  for (const one of [guest, elsewhere]) assert.equal((await one.auth.login({ username, password })).user.id, id);
  assert.equal((await guest.auth.refresh()).user.username, username);
  assert.equal((await guest.auth.me()).username, username);
  const { sessions } = await guest.auth.sessions();
  const [other] = sessions.filter(({ current }) => !current);
  await guest.auth.endSession(other.id);
  await assert.rejects(elsewhere.threads(), { code: 'SESSION_ENDED' });
  await elsewhere.auth.login({ username, password });
  assert.equal((await guest.auth.endOtherSessions()).ended, 1);
  await guest.auth.changePassword({ currentPassword: password, newPassword: another });
  assert.equal((await guest.auth.logout()).ended, 1);
  await guest.auth.login({ username, password: another });
  assert.equal((await guest.auth.logoutAll()).ended, 1);
  await assert.rejects(guest.threads(), AuthenticationError);
  assert.deepEqual(ends, ['elsewhere: refused', 'signed-out', 'signed-out']);
  await client.request('DELETE /v1/users/{user_id}', { path: { user_id: id } });
  step('auth: methods, login, refresh, me, sessions, endSession, endOtherSessions, changePassword, logout, logoutAll');
}

async function keys() {
  const { id, key, name } = await client.apiKeys.create({ name: 'nightly report', scopes: ['session:read'] });
  const withKey = (text) => new AgentFlowClient({ baseUrl, auth: headerAuth('X-API-Key', text) });
  assert.equal((await withKey(key).me()).user_id, (await client.me()).user_id);
  await assert.rejects(withKey(key).threads(), PermissionError);
  const next = await client.apiKeys.rotate(id, { overlap: '1h' });
  assert.equal((await withKey(next.key).me()).scopes[0], 'session:read');
  const { apiKeys } = await client.apiKeys.list();
  assert.ok(apiKeys.some((one) => one.id === next.id && one.name === name));
  for (const one of [id, next.id]) await client.apiKeys.revoke(one);
  await assert.rejects(withKey(next.key).me(), AuthenticationError);
  step('apiKeys: create, rotate, list, revoke');
}

async function theRest() {
  assert.throws(() => client.realtime(), NotSupportedError);
  assert.equal((await client.request('GET /ping')).data, 'pong');
  await client.clearThreadState(thread_id);
  await client.deleteThread(thread_id, config);
  await assert.rejects(client.threadDetails(thread_id), NotFoundError);
  step('realtime, request, clearThreadState, deleteThread');
}

const parts = [whoAmI, theGraph, runs, ticket, interrupts, remoteTools, stopping, whatHasRun];
for (const part of [...parts, threads, sharing, memories, files, signingIn, keys, theRest]) await part();
print('all of it works');
