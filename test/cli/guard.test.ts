import { describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { createProject, createSecret, exampleGraph } from '../harness/project.js';

/* Nobody should believe that a node or a tool is guarded when it is not. */

describe('what looks like a guard and is none', () => {
  const csv = (line: string) => ({
    configuration: { authorization: { method: 'casbin', policy: 'policy.csv' } },
    files: { 'policy.csv': `p, user, graph, *\n${line}\n` },
  });
  const roles = (permission: string) => ({
    configuration: { authorization: { method: 'roles', roles: { user: ['graph:*'], chief: [permission] } } },
  });

  interface Case {
    readonly configuration: object;
    readonly files?: Readonly<Record<string, string>>;
  }

  async function check({ configuration, files }: Case) {
    const project = createProject({
      'agentflow.json': { agent: exampleGraph, auth: 'jwt', ...configuration },
      ...files,
    });
    const env = { JWT_SECRET_KEY: createSecret() };
    const result = await runAgentflow(['check'], { directory: project.directory, env });
    project.remove();
    return result;
  }

  test.each<[string, Case, string]>([
    ['a rule of a policy', csv('p, chief, tool, use'), 'policy.csv:2'],
    ['a denial', csv('p, guest, node, use, deny'), 'policy.csv:2'],
    ['every use', csv('p, chief, *, use'), 'policy.csv:2'],
    ['a permission of a role', roles('tool:use'), '"tool:use"'],
    ['all permissions on tools', roles('tool:*'), ''],
    ['a foreign scope', { configuration: { scopes: { 'workflow:tools': ['tool:use'] } } }, ''],
  ])('%s is refused at start, and good with the guard', async (_what, one) => {
    const { code, output } = await check(one);
    expect([code, output]).toEqual([
      2,
      expect.stringMatching(/nothing asks who may use a (?:tool|node), so this would/),
    ]);
    expect(output).toMatch(/Write "guard": \["(?:tool|node)"\] into the file/);
    const guarded = await check({ ...one, configuration: { ...one.configuration, guard: ['node', 'tool'] } });
    expect([guarded.code, guarded.output]).toEqual([0, expect.stringContaining('nodes and tools: each use needs')]);
  });

  test('what means everything is no guard of tools, and the check says what is free', async () => {
    const { code, output } = await check(csv('p, chief, *, *'));
    expect([code, output]).toEqual([0, expect.stringContaining('guard nothing: whoever may run the graph uses all')]);
  });

  test('a graph whose uses cannot be seen is not served as if it were guarded', async () => {
    const graph = { 'graph.js': 'exports.app = { invoke: () => "hello" };' };
    const { code, output } = await check({ configuration: { agent: 'graph.js:app', guard: ['tool'] }, files: graph });
    expect([code, output]).toEqual([2, expect.stringContaining('what it uses cannot be seen, and so not guarded')]);
  });
});
