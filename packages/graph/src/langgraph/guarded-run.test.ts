import { AccessDeniedError, silentLog, type UsableResource, UseRefusedError } from '@agentflow/core';
import { tool } from '@langchain/core/tools';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { react } from '../../../../test/graphs/tools.js';
import { type CompiledGraph, isCompiledGraph } from './compiled-graph.js';
import { guardNodes } from './guard-nodes.js';
import { GuardedRun, streamWithin } from './guarded-run.js';
import { guardTools } from './tool-classes.js';
import { UnaskedTools } from './unasked-tools.js';

/** A run that may use what is listed, and notes what it is asked for. */
function createRun(allowed: readonly string[], resources: readonly UsableResource[] = ['node', 'tool']) {
  const asked: string[] = [];
  const end = new AbortController();
  const guard = {
    resources: new Set(resources),
    async requireUse(resource: UsableResource, name: string) {
      asked.push(`${resource} ${name}`);
      await Promise.resolve();
      if (allowed.includes(name)) return;
      throw new UseRefusedError(resource, new AccessDeniedError({ message: 'no', reason: 'the secret reason' }));
    },
  };
  const run = new GuardedRun(guard, end.signal);
  return { run, asked, end, handler: new UnaskedTools(run, silentLog) };
}

const graph: unknown = react;
if (!isCompiledGraph(graph)) throw new Error('LangGraph has changed the shape of its graphs');
guardNodes(graph);
await guardTools(graph, (specifier) => import(specifier));

/** What the graph's last message says. */
async function answerWithin({ run, handler }: ReturnType<typeof createRun>, question: string): Promise<string> {
  const config = { callbacks: [handler], streamMode: 'values', signal: run.signal };
  let text = '';
  for await (const state of streamWithin(run, () =>
    (graph as CompiledGraph).stream({ messages: [question] }, config),
  )) {
    const { messages } = state as { messages: readonly { text: string }[] };
    text = messages.at(-1)?.text ?? '';
  }
  return text;
}

const echo = tool(({ text }) => text, { name: 'echo', description: 'Echoes.', schema: z.object({ text: z.string() }) });

describe('a guarded run', () => {
  test('asks for each node and each tool, by name, each time', async () => {
    const all = createRun(['agent', 'tools', 'look', 'erase']);
    expect(await answerWithin(all, 'use look erase')).toBe('seen | gone');
    expect(all.asked).toEqual(['node agent', 'node tools', 'tool look', 'tool erase', 'node agent']);
  });

  test('asks only for what is guarded', async () => {
    const tools = createRun([], ['tool']);
    expect(await answerWithin(tools, 'use look')).toBe('You may not use this tool.');
    expect(tools.asked).toEqual(['tool look']);
    const nodes = createRun(['agent', 'tools'], ['node']);
    expect(await answerWithin(nodes, 'use look')).toBe('seen');
    expect(nodes.asked).toEqual(['node agent', 'node tools', 'node agent']);
  });

  test('is ended by a refused node, with what was refused', async () => {
    const without = createRun(['agent']);
    await expect(answerWithin(without, 'use look')).rejects.toThrow();
    expect(without.run.signal.reason).toBeInstanceOf(UseRefusedError);
    expect(without.asked).toEqual(['node agent', 'node tools']);
  });

  test('is asked for its own uses alone, however many go on at once', async () => {
    const nodes = ['agent', 'tools'];
    const runs = Array.from({ length: 40 }, (_, index) => createRun([...nodes, ...(index % 2 === 0 ? ['look'] : [])]));
    const answers = await Promise.all(runs.map((run) => answerWithin(run, 'use look')));
    expect(answers).toEqual(runs.map((_, index) => (index % 2 === 0 ? 'seen' : 'You may not use this tool.')));
    for (const { asked } of runs) expect(asked).toEqual(['node agent', 'node tools', 'tool look', 'node agent']);
  });

  test('outside of runs nothing is asked', async () => {
    await expect(echo.invoke({ text: 'hello' })).resolves.toBe('hello');
  });
});

async function within(run: GuardedRun, use: () => Promise<unknown>): Promise<unknown> {
  async function* once() {
    yield await use();
  }
  for await (const result of streamWithin(run, async () => once())) return result;
  return undefined;
}

describe('a tool within a run', () => {
  test('that was given the config of another run needs the right in both', async () => {
    const [mine, theirs] = [createRun(['echo']), createRun([])];
    const use = (run: GuardedRun, { handler }: typeof mine) =>
      within(run, () => echo.invoke({ text: 'hello' }, { callbacks: [handler] }));
    await expect(use(mine.run, theirs)).rejects.toThrow('You may not use this tool.');
    await expect(use(theirs.run, mine)).rejects.toThrow('You may not use this tool.');
    await expect(use(mine.run, mine)).resolves.toBe('hello');
    await expect(use(mine.run, createRun(['echo']))).resolves.toBe('hello');
  });

  test('is found by the config alone, where nothing else leads to the run', async () => {
    const none = createRun([]);
    await expect(echo.invoke({ text: 'hello' }, { callbacks: [none.handler] })).rejects.toThrow('You may not use');
    const some = createRun(['echo']);
    await expect(echo.invoke({ text: 'hello' }, { callbacks: [some.handler] })).resolves.toBe('hello');
    expect(some.asked).toEqual(['tool echo']);
  });

  test('that a handler hears of twice is asked about once', async () => {
    const { run, handler, asked } = createRun(['echo']);
    const callbacks = [handler, handler];
    await expect(within(run, () => echo.invoke({ text: 'hello' }, { callbacks }))).resolves.toBe('hello');
    expect(asked).toEqual(['tool echo']);
  });

  test('is refused where nobody has asked about it before it begins', async () => {
    const { handler, asked } = createRun(['echo']);
    await expect(handler.handleToolStart({}, '', 'a run')).rejects.toThrow('You may not use this tool.');
    expect(asked).toEqual(['tool ']);
  });

  test('a refusal prints no reason', async () => {
    const { run } = createRun([]);
    const error: unknown = await within(run, () => echo.invoke({ text: 'hello' })).catch((caught: unknown) => caught);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('secret');
    expect(error).toMatchObject({ message: 'You may not use this tool.', refusal: { reason: 'the secret reason' } });
  });
});

describe('once a run has ended', () => {
  const unguarded = () => createRun([], []);

  test.each([
    ['without config', () => echo.invoke({ text: 'hello' })],
    ['without callbacks', () => echo.invoke({ text: 'hello' }, { callbacks: [] })],
    ['with a signal of its own', () => echo.invoke({ text: 'hello' }, { signal: new AbortController().signal })],
    ['call()', () => echo.call({ text: 'hello' })],
  ])('a tool does not start any more, also where nothing is guarded: %s', async (_how, use) => {
    const { run, end, asked } = unguarded();
    await expect(within(run, use)).resolves.toBe('hello');
    end.abort();
    await expect(within(run, use)).rejects.toThrow('The run has ended.');
    expect(asked).toEqual([]);
  });

  test('a tool does not start that only the config leads to the run', async () => {
    const { end, handler } = unguarded();
    const use = () => echo.invoke({ text: 'hello' }, { callbacks: [handler] });
    await expect(use()).resolves.toBe('hello');
    end.abort();
    await expect(use()).rejects.toThrow('The run has ended.');
    await expect(handler.handleToolStart({}, '', 'of another copy')).rejects.toThrow('The run has ended.');
  });

  test('a tool does not start whose question was answered too late', async () => {
    const slow = createRun(['echo']);
    const using = within(slow.run, () => echo.invoke({ text: 'hello' }));
    await expect.poll(() => slow.asked).toEqual(['tool echo']);
    const late = createRun(['echo']);
    const usingLate = within(late.run, () => echo.invoke({ text: 'hello' }));
    late.end.abort();
    await expect(usingLate).rejects.toThrow('The run has ended.');
    await expect(using).resolves.toBe('hello');
  });

  test('no node starts, and the model is told nothing', async () => {
    const run = unguarded();
    await expect(answerWithin(run, 'use look')).resolves.toBe('seen');
    run.end.abort();
    await expect(answerWithin(run, 'use look')).rejects.toThrow('The run has ended.');
  });
});

test('nodes of a LangGraph that has no place to ask at are not taken for guarded', () => {
  const strange = { ...graph, nodes: { agent: { bound: {} } } };
  expect(() => guardNodes(strange)).toThrow('have no "getNode"');
});
