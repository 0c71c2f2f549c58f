import { describe, expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, exampleGraph } from '../harness/project.js';

/* Which file is read where none is named. */

const good = { agent: exampleGraph };

async function checkIn(files: Readonly<Record<string, string | object>>) {
  const project = createProject(files);
  const result = await runAgentflow(['check'], project);
  project.remove();
  return result;
}

describe.concurrent('agentflow check without --config', () => {
  test.each(['agentflow.json', '.agentflow.json', 'agentflow.config.json', '10xgraph.json'])(
    'reads %s',
    async (name) => {
      const { code, output } = await checkIn({ [name]: good });
      expect(output).toMatch(new RegExp(`good {2}/.*/${name.replaceAll('.', '\\.')} {2}by the rules of production\n`));
      expect(output).not.toContain('is ignored');
      expect(code).toBe(0);
    },
  );

  test('of several it reads the first, and says which it passed over', async () => {
    const { code, output } = await checkIn({
      '10xgraph.json': '{',
      'agentflow.config.json': '{',
      '.agentflow.json': good,
    });
    expect(output).toContain('! agentflow.config.json is ignored: .agentflow.json beside it is used');
    expect(output).toContain('! 10xgraph.json is ignored: .agentflow.json beside it is used');
    expect(code).toBe(0);
  });

  test('none: how to make one; beside a langgraph.json, how to take it over', async () => {
    const none = await checkIn({});
    expect(none.output).toMatch(/agentflow\.json {2}the file does not exist here.*\n {4}.*agentflow init my-agent/);
    expect(none.code).toBe(2);
    const beside = await checkIn({ 'langgraph.json': {} });
    expect(beside.output).toContain('agentflow init --from langgraph.json');
    expect(beside.code).toBe(2);
  });

  test('an empty file is no reason to read another', async () => {
    const { code, output } = await checkIn({ 'agentflow.json': '', '.agentflow.json': good });
    expect(output).toContain('agentflow.json:1:1  not JSON: the file is empty');
    expect(code).toBe(2);
  });

  test('nor is one that cannot be read', async () => {
    const { code, output } = await checkIn({ 'agentflow.json/inside': '', '.agentflow.json': good });
    expect(output).toMatch(/agentflow\.json {2}the file cannot be read \(EISDIR\)\n {4}Let this user read it/);
    expect(code).toBe(2);
  });

  test('a byte order mark in front is no fault', async () => {
    expect((await checkIn({ 'agentflow.json': `\uFEFF${JSON.stringify(good)}` })).code).toBe(0);
  });
});

test('the start of a server says it too, and dev watches the file under each of its names', async () => {
  const project = createProject({ '.agentflow.json': good, '10xgraph.json': good });
  const server = await startAgentflow({ directory: project.directory, args: ['dev'] });
  expect(server.output()).toContain('! 10xgraph.json is ignored: .agentflow.json beside it is used');
  const seen = new Promise<void>((resolve) => {
    server.process.stdout?.on('data', () => {
      if (server.output().includes('ending: .agentflow.json has changed')) resolve();
    });
  });
  // Where the watcher is not ready yet, it is written once more.
  const writing = setInterval(() => project.write('.agentflow.json', { ...good, thread_wait: '5s' }), 1000);
  await seen;
  clearInterval(writing);
  expect(await server.stop()).toBe(0);
  project.remove();
});
