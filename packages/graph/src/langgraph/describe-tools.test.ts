import { tool } from '@langchain/core/tools';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { CompiledGraph } from './compiled-graph.js';
import { describeTools } from './describe-tools.js';

const describe = (tools: readonly object[]) =>
  describeTools({ nodes: { agent: {}, tools: { bound: { tools } } } } as unknown as CompiledGraph);

test('tells Zod and JSON Schema alike, whose a tool is, and nothing of what is no schema', () => {
  const schema = { type: 'object', properties: { where: { type: 'string' } } } as const;
  const look = tool(() => 'seen', { name: 'look', description: 'Looks.', schema: z.object({ where: z.string() }) });
  const search = tool(() => 'found', { name: 'mcp__files__search', description: 'Searches.', schema });
  const odd = { name: 'odd', invoke: () => 'odd', schema: new Map() };
  expect(describe([look, search, odd])).toEqual([
    {
      ...{ node_name: 'tools', tool_count: 3 },
      tools: [
        { name: 'look', description: 'Looks.', source: 'local', parameters: expect.objectContaining(schema) },
        { name: 'mcp__files__search', description: 'Searches.', source: 'mcp', parameters: schema },
        { name: 'odd', description: '', source: 'local', parameters: null },
      ],
    },
  ]);
});
