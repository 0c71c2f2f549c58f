import type { RemoteTool } from '@agentflow/core';
import { AIMessage } from '@langchain/core/messages';
import { describe, expect, test } from 'vitest';
import { callRemoteTools, remoteTools } from './remote-tools.js';
import { findInterrupt, remoteToolsKey } from './remote-tools-of-run.js';

const parameters = { type: 'object', properties: { part: { type: 'string', pattern: '^x' } } };
const tool = (node: string, name: string): RemoteTool => ({
  node,
  name,
  description: `${name} of ${node}`,
  parameters,
});

function configWith(...tools: RemoteTool[]) {
  const run = { tools, askedOf: 'una', interrupt: () => undefined };
  return { configurable: { [remoteToolsKey]: run } };
}

describe('the remote tools of a run', () => {
  test('are none where the graph does not run under agentflow', () => {
    expect([remoteTools(undefined), remoteTools({}), remoteTools({ configurable: {} })]).toEqual([[], [], []]);
  });

  test('are those of a node where one is named, and one of each name', () => {
    const config = configWith(tool('one', 'page'), tool('other', 'page'), tool('other', 'title'));
    const told = (found: ReturnType<typeof remoteTools>) => found.map(({ description }) => description);
    expect(told(remoteTools(config))).toEqual(['page of one', 'title of other']);
    expect(told(remoteTools(config, { node: 'other' }))).toEqual(['page of other', 'title of other']);
    expect(remoteTools(config, { node: 'nowhere' })).toEqual([]);
  });

  test("show the model the client's schema, as a copy", () => {
    const [page] = remoteTools(configWith(tool('tools', 'page')));
    expect(page?.schema).toEqual(parameters);
    Object.assign(page?.schema ?? {}, { type: 'changed' });
    expect(remoteTools(configWith(tool('tools', 'page')))[0]?.schema).toEqual(parameters);
  });

  test('say what is wrong where nothing can pause', async () => {
    const config = configWith(tool('tools', 'page'));
    const [page] = remoteTools(config);
    await expect(page?.invoke({}, config)).rejects.toThrow('outside of a node of the graph');
    await expect(page?.invoke('a text', config)).rejects.toThrow();
  });

  test('are called by nobody else than the model', async () => {
    const calls = [{ id: 'a', name: 'look', args: {}, type: 'tool_call' as const }];
    const config = configWith(tool('tools', 'page'));
    expect(await callRemoteTools({ messages: [new AIMessage({ content: '', tool_calls: calls })] }, config)).toEqual({
      messages: [],
    });
    expect(await callRemoteTools({ messages: [] }, config)).toEqual({ messages: [] });
  });
});

describe('how a graph pauses', () => {
  test("is by its own copy of LangGraph, and nobody's where there is none", async () => {
    const own = () => 'asked';
    expect((await findInterrupt(async () => ({ interrupt: own })))('x')).toBe('asked');
    for (const find of [async () => ({}), () => Promise.reject(new Error('not here'))]) {
      const interrupt = await findInterrupt(find);
      expect(() => interrupt('x')).toThrow('its file finds no "@langchain/langgraph"');
    }
  });
});
