import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { auditRowsOf } from '../harness/audit-rows.js';
import { modelWithIds } from '../harness/models.js';
import { root } from '../harness/project.js';
import { type Answer, lastText, say, send } from '../harness/requests.js';
import { serve } from '../harness/served.js';

/* `guard`: whose run uses which nodes and tools, whatever the model asks for and however the graph's code asks for it. */

const traces = mkdtempSync(join(tmpdir(), 'agentflow-uses-'));
afterAll(() => rmSync(traces, { recursive: true, force: true }));

interface Guarded {
  readonly agent: string;
  readonly guard?: readonly string[];
  /** What the role `user` may beside using the graph; `chief` may everything. */
  readonly rules?: readonly string[];
  readonly authorization?: unknown;
  readonly files?: Readonly<Record<string, string>>;
}

interface Caller {
  readonly role?: string;
  readonly stream?: boolean;
  readonly scope?: string;
}

function serveGuarded({ agent, guard = ['tool'], rules = [], authorization, files }: Guarded) {
  const file = join(traces, randomUUID());
  const policy = ['p, user, graph, *, *', 'p, chief, *, *, *', ...rules].join('\n');
  const byPolicy = { method: 'casbin', model: 'model.conf', policy: 'policy.csv' };
  const path = agent.includes(':') ? agent : `${join(root, 'test/graphs/tools.ts')}:${agent}`;
  const server = serve(
    { agent: path, auth: 'jwt', guard, authorization: authorization ?? byPolicy },
    { env: { USES_FILE: file }, files: { 'model.conf': modelWithIds, 'policy.csv': `${policy}\n`, ...files } },
  );
  /** Runs the graph on a thread of its own; with what nodes and tools really did meanwhile. */
  const run = async (text: string, { role = 'user', stream = false, ...claims }: Caller = {}) => {
    rmSync(file, { force: true });
    const token = server.tokenFor('una', { roles: [role], ...claims });
    const body = say(text, randomUUID());
    const answer = await send(`${server.url}/v1/graph/${stream ? 'stream' : 'invoke'}`, { token, body });
    const used = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').toSorted() : [];
    return { answer, used };
  };
  const refusals = async (answer: Answer) => {
    const rows = await auditRowsOf(server.directory, answer);
    return rows.filter(({ event }) => event === 'use-refused');
  };
  return { server, run, refusals };
}

const refusedText = 'You may not use this tool.';
const forbidden = (permission: string) => `Forbidden: this needs the permission ${permission}.`;

describe('an agent whose model always asks for what is forbidden', () => {
  const rules = ['p, user, tool, use, look', 'p, user, tool, use, chain'];
  const { run, refusals } = serveGuarded({ agent: 'react', rules });

  test('the tool does not run, the model reads an error, the answer goes on, and a row says so', async () => {
    const { answer, used } = await run('use erase');
    expect(used).toEqual([]);
    expect([answer.status, lastText(answer)]).toEqual([200, refusedText]);
    const told = answer.body.data.messages.find(({ role }: { role: string }) => role === 'tool');
    expect(told.content).toEqual([
      expect.objectContaining({ type: 'tool_result', output: refusedText, is_error: true, status: 'failed' }),
    ]);
    expect(answer.text).not.toMatch(/policy|rule/);
    expect(await refusals(answer)).toEqual([
      expect.objectContaining({
        ...{ resource: 'tool', action: 'use', resource_id: 'erase', outcome: 'refused', status: 403, count: 1 },
        ...{ code: 'ACCESS_DENIED', subject: 'una', reason: 'no rule of the policy allows it' },
      }),
    ]);
  });

  test('whoever may use it uses it', async () => {
    const { answer, used } = await run('use erase', { role: 'chief' });
    expect([lastText(answer), used]).toEqual(['gone', ['erase']]);
    expect(await refusals(answer)).toEqual([]);
  });

  test('of calls side by side run those that may, and each refusal is counted', async () => {
    const { answer, used } = await run('use look erase send erase like look');
    expect(used).toEqual(['look', 'look']);
    const no = refusedText;
    expect(lastText(answer)).toBe(['seen', no, no, no, no, 'seen'].join(' | '));
    const counted = (await refusals(answer)).map(({ resource_id: id, count }) => `${id} ${count}`);
    expect(counted.toSorted()).toEqual(['erase 2', 'like 1', 'send 1']);
  });

  test('a tool that may be used does not lend its right to the tool that it uses', async () => {
    const { answer, used } = await run('use chain');
    expect([lastText(answer), used]).toEqual([expect.stringContaining(refusedText), []]);
    expect((await run('use chain', { role: 'chief' })).used).toEqual(['erase']);
  });

  test('in a stream, too', async () => {
    const { answer, used } = await run('use erase look', { stream: true });
    expect(used).toEqual(['look']);
    expect(answer.text).toContain('"is_error":true');
    expect(answer.text).not.toContain('"event":"error"');
    expect(answer.text.trim().split('\n').at(-1)).toContain('"graph_invoked"');
    expect(await refusals(answer)).toHaveLength(1);
  });

  test('scopes narrow: without "tool:use" among them there is no tool', async () => {
    const chief = (scope: string) => run('use look', { role: 'chief', scope });
    const { answer, used } = await chief('graph:invoke');
    expect([lastText(answer), used]).toEqual([refusedText, []]);
    expect(await refusals(answer)).toEqual([
      expect.objectContaining({ reason: 'the scopes of the credential do not include it' }),
    ]);
    expect((await chief('graph:invoke tool:use')).used).toEqual(['look']);
  });
});

describe('however the code of a node uses a tool', () => {
  const { run, refusals } = serveGuarded({ agent: 'direct', rules: ['p, user, tool, use, look'] });

  test.each<[string, string, readonly string[]]>([
    ['with config', 'erase', ['erase']],
    ['without config', 'erase', ['erase']],
    ['without callbacks', 'erase', ['erase']],
    ['another name', 'erase', ['erase']],
    ['call()', 'erase', ['erase']],
    ['batch', 'erase', ['erase', 'erase']],
    ['stream', 'erase', ['erase', 'piece']],
    ['a class', 'send', ['send']],
    ['like, batch', 'like', ['like']],
    ['like, stream', 'like', ['like', 'piece']],
    ['later', 'erase', ['erase']],
  ])('%s: it does not run, the code reads an error, and whoever may uses it', async (way, tool, uses) => {
    const { answer, used } = await run(way);
    expect([answer.status, answer.body.message, used]).toEqual([403, forbidden('tool:use'), []]);
    expect(await refusals(answer)).toEqual([expect.objectContaining({ resource_id: tool })]);
    const caught = await run(`carefully ${way}`);
    expect([caught.answer.status, caught.used]).toEqual([200, []]);
    expect(lastText(caught.answer)).toBe(
      `caught: UseRefusedError: ${refusedText} {"name":"UseRefusedError","status":403}`,
    );
    expect((await run(way, { role: 'chief' })).used).toEqual(uses);
  });

  test.each(['a call', 'like, a call', 'inner graph'])('%s: the model reads an error', async (way) => {
    const { answer, used } = await run(way);
    expect([answer.status, used]).toEqual([200, []]);
    expect(lastText(answer)).toContain(refusedText);
    expect((await run(way, { role: 'chief' })).used).toHaveLength(1);
  });

  test('callbacks of its own are heard', async () => {
    const { answer, used } = await run('own callbacks');
    expect([lastText(answer), used]).toEqual(['seen true', ['look']]);
  });
});

describe('nodes, of inner graphs too', () => {
  const rules = ['before', 'helper', 'inner_agent', 'after'].map((node) => `p, user, node, use, ${node}`);
  const { run, refusals } = serveGuarded({ agent: 'nested', guard: ['node'], rules });

  test('one that may not be used does not begin, and the run ends there, refused', async () => {
    const { answer, used } = await run('use look');
    expect([answer.status, answer.body.code]).toEqual([403, 'ACCESS_DENIED']);
    expect(answer.body.message).toBe(forbidden('node:use'));
    expect(answer.headers.get('www-authenticate')).toContain('scope="node:use"');
    expect(answer.text).not.toMatch(/inner_tools|policy/);
    expect(used).toEqual(['before']);
    expect(await refusals(answer)).toEqual([
      expect.objectContaining({ resource: 'node', action: 'use', resource_id: 'inner_tools', status: 403 }),
    ]);
  });

  test('a stream ends with the error', async () => {
    const { answer, used } = await run('use look', { stream: true });
    const last = JSON.parse(answer.text.trim().split('\n').at(-1) ?? '');
    expect(last.event).toBe('error');
    expect(last.data).toMatchObject({ code: 'ACCESS_DENIED', reason: forbidden('node:use') });
    expect(used).toEqual(['before']);
    expect(await refusals(answer)).toHaveLength(1);
  });

  test('who may uses all; a run that never comes there is not refused; tools are not asked about', async () => {
    expect((await run('use look', { role: 'chief' })).used).toEqual(['after', 'before', 'look']);
    expect((await run('hello')).used).toEqual(['after', 'before']);
  });
});

describe('a graph that handles whatever its nodes throw, and tries again', () => {
  const { run, refusals } = serveGuarded({ agent: 'stubborn', guard: ['node'], rules: ['p, user, node, use, next'] });

  test('goes no further all the same', async () => {
    const { answer, used } = await run('go');
    expect([answer.status, used]).toEqual([403, []]);
    expect(await refusals(answer)).toEqual([expect.objectContaining({ resource_id: 'risky', count: 1 })]);
    expect((await run('go', { role: 'chief' })).used).toEqual(['next', 'risky']);
  });
});

describe('by roles, and a class beside them', () => {
  const roles = { user: ['graph:*', 'node:use'], chief: ['*'], tools: ['graph:*', 'node:*', 'tool:use'] };
  const plugin = `export class Asked {
  authorize(user, resource, action, resourceId) {
    if (resource === 'graph') return true;
    if (resource === 'node') return action === 'use' && ['agent', 'tools'].includes(resourceId);
    if (resource !== 'tool' || action !== 'use') throw new Error('asked for ' + resource + ':' + action);
    switch (resourceId) {
      case 'erase': throw new Error('no database');
      case 'send': return new Promise(() => undefined);
      case 'like': return 'yes';
      default: return resourceId === 'look';
    }
  }
}`;
  const { run, refusals } = serveGuarded({
    agent: 'react',
    guard: ['node', 'tool'],
    authorization: [
      { method: 'roles', roles },
      { method: 'custom', path: 'auth.ts:Asked', deadline: 0.2 },
    ],
    files: { 'auth.ts': plugin },
  });

  test('a role without "tool:use" uses none, and with it those that the class allows', async () => {
    expect((await run('use look')).used).toEqual([]);
    expect((await run('use look chain', { role: 'tools' })).used).toEqual(['look']);
  });

  test.each([
    ['throws', 'erase', /no database/],
    ['hangs', 'send', /did not answer within 200 ms/],
    ['answers nonsense', 'like', /answered neither a boolean/],
  ])('a class that %s lets nobody use the tool, and the run goes on', async (_what, tool, reason) => {
    const { answer, used } = await run(`use ${tool} look`, { role: 'chief' });
    expect([answer.status, used]).toEqual([200, ['look']]);
    expect(lastText(answer)).toBe('This tool cannot be used at the moment. | seen');
    expect(answer.text).not.toMatch(/database|deadline|boolean/);
    expect(await refusals(answer)).toEqual([
      expect.objectContaining({ resource_id: tool, outcome: 'failed', status: 503 }),
    ]);
    expect((await refusals(answer))[0]?.reason).toMatch(reason);
  });
});

describe('a class that cannot decide about nodes', () => {
  const plugin = `export const all = { authorize: (_user, resource) => resource === 'graph' || Promise.reject(new Error('away')) };`;
  const { run } = serveGuarded({
    ...{ agent: 'nested', guard: ['node'], authorization: 'auth.ts:all' },
    files: { 'auth.ts': plugin },
  });

  test('nothing of the node runs, and the run ends as unavailable', async () => {
    const { answer, used } = await run('use look');
    expect([answer.status, answer.body.code, used]).toEqual([503, 'UNAVAILABLE', []]);
    expect(answer.text).not.toContain('away');
  });
});

const requireFromHere = createRequire(import.meta.url);
const fileOf = (specifier: string) => JSON.stringify(requireFromHere.resolve(specifier));

/** One node, which uses the tool that `make` makes of the functions `tool` and `trace`. */
const graphOf = (classes: string) => `
const { createRequire } = require('node:module');
const { appendFileSync } = require('node:fs');
const { StateGraph, MessagesAnnotation } = require(${fileOf('@langchain/langgraph')});
const { AIMessage } = require(${fileOf('@langchain/core/messages')});
const { z } = require(${fileOf('zod')});
const trace = () => { appendFileSync(process.env.USES_FILE, 'erase\\n'); return 'gone'; };
${classes}
exports.app = new StateGraph(MessagesAnnotation)
  .addNode('use', async (_state, config) => {
    const tool = await toolClass();
    const erase = tool(trace, { name: 'erase', description: 'Erases.', schema: z.object({}) });
    return { messages: [new AIMessage(await erase.invoke({}, config))] };
  })
  .addEdge('__start__', 'use')
  .compile();
`;

describe('a graph in CommonJS, whose LangChain is another copy than ours', () => {
  const graph = graphOf(`const toolClass = () => require(${fileOf('@langchain/core/tools')}).tool;`);
  const { run, refusals } = serveGuarded({
    ...{ agent: 'graph.cjs:app', guard: ['node', 'tool'], rules: ['p, user, node, use, use'] },
    files: { 'graph.cjs': graph },
  });

  test('is guarded like any other', async () => {
    const { answer, used } = await run('go');
    expect([answer.status, answer.body.message, used]).toEqual([403, forbidden('tool:use'), []]);
    expect(await refusals(answer)).toHaveLength(1);
    expect((await run('go', { role: 'chief' })).used).toEqual(['erase']);
  });
});

describe('a copy of LangChain that nobody knew of at start', () => {
  const esm = requireFromHere.resolve('@langchain/core/tools').replace(/\.cjs$/, '.js');
  const late = `const toolClass = async () => (await import(${JSON.stringify(`file://${esm}?late`)})).tool;`;
  const { server, run, refusals } = serveGuarded({ agent: 'graph.cjs:app', files: { 'graph.cjs': graphOf(late) } });

  test('its tools are used by nobody, and the log says why', async () => {
    const { answer, used } = await run('go', { role: 'chief' });
    expect([answer.status, used]).toEqual([403, []]);
    expect(await refusals(answer)).toEqual([expect.objectContaining({ resource: 'tool', resource_id: null })]);
    expect(server.output()).toContain('of another copy of @langchain/core');
  });
});

describe('without "guard"', () => {
  const { server, run, refusals } = serveGuarded({
    ...{ agent: 'react', guard: [], authorization: { method: 'roles', roles: { user: ['graph:*'] } } },
  });

  test('whoever may run the graph uses all of it, and the start says so', async () => {
    const { answer, used } = await run('use erase look', { scope: 'graph:invoke' });
    expect([lastText(answer), used]).toEqual(['gone | seen', ['erase', 'look']]);
    expect(await refusals(answer)).toEqual([]);
    expect(server.output()).toContain('nothing: whoever may run the graph uses all its nodes and tools');
  });
});
