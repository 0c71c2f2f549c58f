import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow, startAgentflow } from '../harness/agentflow.js';
import { createProject, type Project, root } from '../harness/project.js';

let project: Project;

beforeAll(() => {
  project = createProject();
});

afterAll(() => project.remove());

const read = (file: string) => readFileSync(join(project.directory, file), 'utf8');
const parsed = (file: string) => JSON.parse(read(file)) as Record<string, unknown>;

/** As `npm install` would leave it. */
const install = (folder: string) =>
  symlinkSync(join(root, 'node_modules'), join(project.directory, folder, 'node_modules'));

const written = ['package.json', 'agentflow.json', 'graph/react.ts', '.env.example', '.gitignore'];

/** Serves a folder with `agentflow dev` until the curl that it prints has been answered. */
async function askAsPrinted(folder: string): Promise<string> {
  const server = await startAgentflow({ directory: join(project.directory, folder), args: ['dev', '--no-reload'] });
  const line = await new Promise<string>((resolve) => {
    const look = () => {
      const found = /^curl .*$/m.exec(server.output());
      if (found) resolve(found[0]);
    };
    server.process.stdout?.on('data', look);
    look();
  });
  try {
    return execFileSync('sh', ['-c', line], { encoding: 'utf8' });
  } finally {
    expect(await server.stop()).toBe(0);
  }
}

describe('agentflow init', () => {
  test('writes a project, says what comes next, and it answers the curl that it prints', {
    timeout: 60_000,
  }, async () => {
    const { code, output } = await runAgentflow(['init', 'My Agent'], project);
    expect(code).toBe(0);
    for (const file of written) expect(output).toContain(`wrote  My Agent/${file}`);
    expect(output).toMatch(/\ncd 'My Agent' && ln -s \S+\/node_modules node_modules\nnpx --no agentflow dev\n$/);
    expect(parsed('My Agent/package.json')).toMatchObject({ name: 'my-agent', type: 'module' });

    install('My Agent');
    const answer = JSON.parse(await askAsPrinted('My Agent'));
    const { messages } = answer.data as { messages: { role: string; content: { text?: string }[] }[] };
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect(messages.at(-1)?.content[0]?.text).toBe('You are demo.');
  });

  test('the schema that the file names is there once the project is installed', () => {
    const { $schema } = parsed('My Agent/agentflow.json');
    const schema = parsed(join('My Agent', String($schema)));
    expect(schema['title']).toBe('agentflow.json');
    const { resolve } = createRequire(join(project.directory, 'My Agent/package.json'));
    expect(JSON.parse(readFileSync(resolve('agentflow/schema'), 'utf8'))).toEqual(schema);
  });

  test('git sees neither secrets nor data', () => {
    expect(read('My Agent/.gitignore').split('\n')).toEqual(['node_modules/', '.agentflow/', '.env', '']);
  });

  test('overwrites nothing: one file in the way, and none is written', async () => {
    project.write('taken/.gitignore', 'mine\n');
    const { code, output } = await runAgentflow(['init', '--path', 'taken'], project);
    expect(code).toBe(1);
    expect(output).toMatch(/nothing is overwritten\. In the way in .*taken: \.gitignore\n/);
    expect(read('taken/.gitignore')).toBe('mine\n');
    expect(written.filter((file) => existsSync(join(project.directory, 'taken', file)))).toEqual(['.gitignore']);
  });

  test('its dependencies are the versions that are tested here', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const own = JSON.parse(readFileSync(join(root, 'packages/agentflow/package.json'), 'utf8')) as { version: string };
    const { dependencies } = parsed('My Agent/package.json') as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies)).toHaveLength(4);
    for (const [name, version] of Object.entries(dependencies)) {
      expect([name, version]).toEqual([name, name === 'agentflow' ? own.version : manifest.devDependencies[name]]);
    }
  });
});

describe('agentflow init --from langgraph.json', () => {
  const graph = () => readFileSync(join(root, 'packages/agentflow/template/graph/react.ts'), 'utf8');
  let count = 0;

  async function takeOver(
    langgraph: unknown,
    args: readonly string[] = [],
    files: Readonly<Record<string, string>> = {},
  ) {
    count += 1;
    const folder = `taken-${count}`;
    project.write(`${folder}/langgraph.json`, langgraph as object);
    for (const [file, text] of Object.entries(files)) project.write(`${folder}/${file}`, text);
    const result = await runAgentflow(['init', '--from', `${folder}/langgraph.json`, ...args], project);
    return { folder, ...result };
  }

  test('takes the graph and its env over, tells what it cannot, and what it has written is served', {
    timeout: 60_000,
  }, async () => {
    const { folder, code, output } = await takeOver(
      {
        node_version: '22',
        dependencies: ['.'],
        graphs: { agent: './src/graph.ts:app' },
        env: 'secrets.env',
        auth: { path: './src/auth.ts:auth' },
        store: { index: { dims: 1536 } },
        http: { app: './src/app.ts:app' },
        mystery: 1,
      },
      [],
      { 'src/graph.ts': graph(), 'secrets.env': 'PORT=0\n', 'package.json': '{"type": "module"}' },
    );
    expect(code).toBe(0);
    expect(parsed(`${folder}/agentflow.json`)).toEqual({
      $schema: './node_modules/agentflow/schema/agentflow.schema.json',
      agent: 'src/graph.ts:app',
      auth: 'jwt',
      authorization: 'ownership',
      env: 'secrets.env',
    });
    const told = output.split('\n').flatMap((line) => /^ {2}! (\w+): /.exec(line)?.[1] ?? []);
    expect(told).toEqual(['auth', 'node_version', 'dependencies', 'store', 'http', 'mystery']);
    expect(output).toContain("LangGraph's Auth object (./src/auth.ts:auth) does not run here");
    expect(output).toMatch(/\ncd taken-\d+ && node \S+\/bin\/agentflow\.js dev\n$/);

    install(folder);
    expect(await askAsPrinted(folder)).toContain('You are demo.');
    const again = await runAgentflow(['init', '--from', 'langgraph.json'], {
      directory: join(project.directory, folder),
    });
    expect(again.code).toBe(1);
    expect(again.output).toMatch(/In the way in .*: agentflow\.json/);
  });

  const two = { graphs: { first: './a.ts:app', second: { path: './b.ts:app', description: 'x' } } };

  test('several graphs: one is chosen by its name', async () => {
    const { folder, code } = await takeOver(two, ['--graph', 'second']);
    expect(code).toBe(0);
    expect(parsed(`${folder}/agentflow.json`)['agent']).toBe('b.ts:app');
  });

  test('env with variables in it: their names are told, their values are not', async () => {
    const { folder, code, output } = await takeOver({
      graphs: { a: './a.ts:app' },
      env: { OPENAI_API_KEY: 'sk-made-up' },
    });
    expect(code).toBe(0);
    expect(output).toMatch(/env: holds variables.*OPENAI_API_KEY/);
    expect(output + read(`${folder}/agentflow.json`)).not.toContain('sk-made-up');
  });

  test('an env file that is not there is left out, since a file that names it is refused', async () => {
    const { folder, output } = await takeOver({ graphs: { a: './a.ts:app' }, env: '.env' });
    expect(output).toContain('env: .env does not exist');
    expect(parsed(`${folder}/agentflow.json`)).not.toHaveProperty('env');
  });

  test.each<[string, unknown, readonly string[], RegExp]>([
    ['several graphs', two, [], /there are 2 graphs, and one is served\n {4}.*--graph first, or --graph second/],
    ['a misspelt graph', two, ['--graph', 'secnd'], /there is no graph "secnd"\n {4}Did you mean "second"/],
    ['no graph', { graphs: {} }, [], /:2:3 {2}no graph is named/],
    ['a graph in Python', { graphs: { a: './a.py:graph' } }, [], /:3:5 {2}\.\/a\.py:graph is a graph in Python/],
    ['a graph without a name', { graphs: { a: './a.ts' } }, [], /:3:5 {2}is not of the form "file:name"/],
    ['no JSON', '{"graphs": {},}', [], /not JSON: nothing follows this comma\n {4}Remove the comma/],
    ['no object', '[]', [], /must hold a JSON object/],
  ])('%s: exit code 2, the place and a remedy', async (_what, langgraph, args, expected) => {
    const { folder, code, output } = await takeOver(langgraph, args);
    expect(output).toMatch(expected);
    expect(output).toContain('Nothing is written: the configuration has one fault.');
    expect(code).toBe(2);
    expect(existsSync(join(project.directory, folder, 'agentflow.json'))).toBe(false);
  });

  test('a file that is not there, and a folder where none can be named', async () => {
    expect((await runAgentflow(['init', '--from', 'none.json'], project)).code).toBe(2);
    expect((await runAgentflow(['init', 'x', '--from', 'langgraph.json'], project)).code).toBe(1);
    expect((await runAgentflow(['init', '--graph', 'x'], project)).code).toBe(1);
    expect(existsSync(join(project.directory, 'agentflow.json'))).toBe(false);
  });
});
