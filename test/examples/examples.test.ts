import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAgentflow } from '../harness/agentflow.js';
import { type Clone, createClone, followGuide, parseGuide } from '../harness/guide.js';
import { createSecret, root } from '../harness/project.js';

const examples = readdirSync(join(root, 'examples'));
const read = (file: string) => readFileSync(join(root, file), 'utf8');

let clone: Clone;

beforeAll(() => {
  clone = createClone();
});
afterAll(() => clone.remove());

describe.concurrent('what a guide says is what happens:', () => {
  const guides = ['README.md', ...examples.map((name) => `examples/${name}/README.md`)];
  test.for(guides)('%s', { timeout: 60_000 }, async (guide, { signal }) => {
    const own = createClone();
    try {
      await followGuide(guide, own, signal);
    } finally {
      own.remove();
    }
  });
});

test.each(examples)('the guide of %s serves it, and shows who is refused and who is let in', (name) => {
  expect(existsSync(join(root, 'examples', name, 'agentflow.json'))).toBe(true);
  const steps = parseGuide(read(`examples/${name}/README.md`));
  const serving = steps.filter(({ commands, isServer }) => isServer && commands.includes('agentflow dev'));
  expect(serving.map(({ commands }) => commands.includes(`--config examples/${name}/agentflow.json`))).toEqual([true]);
  const answers = steps.map(({ expected }) => expected).join('');
  expect(answers).toContain('HTTP/1.1 401 Unauthorized');
  expect(answers).toContain('HTTP/1.1 200 OK');
});

describe('the hosted model', () => {
  const check = () =>
    runAgentflow(['check'], {
      directory: join(clone.directory, 'examples/hosted-model'),
      env: { JWT_SECRET_KEY: createSecret(), OPENAI_API_KEY: 'made-up', OPENAI_MODEL: 'small' },
    });

  test('is not replaced by another where there is a key and no package', async () => {
    const { code, output } = await check();
    expect(code).toBe(2);
    expect(output).toContain('OPENAI_API_KEY is set, but @langchain/openai cannot be loaded');
  });

  test('is used where there are both', async () => {
    const folder = join(clone.directory, 'examples/hosted-model/node_modules/@langchain/openai');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name": "@langchain/openai", "type": "module", "main": "index.js"}');
    writeFileSync(join(folder, 'index.js'), 'export class ChatOpenAI { bindTools() { return this; } }');
    const { code, output } = await check();
    expect(output).toContain('OPENAI_API_KEY is set: small answers');
    expect(code).toBe(0);
  });
});

test("the repository's own configuration is good", async () => {
  const check = await runAgentflow(['check'], { directory: root, env: { JWT_SECRET_KEY: createSecret() } });
  expect(check).toMatchObject({ code: 0 });
  expect(check.output).toContain('authenticate jwt; authorize ownership');
});

describe('what the README shows', () => {
  const readme = read('README.md');
  const blocksOf = (language: string) =>
    [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

  test('as a configuration is served at the root of the repository', async () => {
    const configurations = blocksOf('json');
    expect(configurations.length).toBeGreaterThanOrEqual(2);
    for (const text of configurations) {
      writeFileSync(join(clone.directory, 'agentflow.json'), text);
      const env = { JWT_SECRET_KEY: createSecret(), VALID_API_KEYS: createSecret() };
      expect(await runAgentflow(['check'], { directory: clone.directory, env })).toMatchObject({ code: 0 });
    }
  });

  test('as code stands in an example', () => {
    const sources = ['api-key/auth.ts', 'who-is-asking/graph.ts', 'remote-tools/graph.ts'].map((file) =>
      read(`examples/${file}`),
    );
    const shown = blocksOf('ts');
    expect(shown).toHaveLength(sources.length);
    for (const text of shown) expect(sources.join('\n')).toContain(text);
  });

  test('as examples is all of them', () => {
    const listed = new Set(
      [...readme.matchAll(/\[[\w-]+\]\(examples\/([\w-]+)\/README\.md\) +\|/g)].map(([, name]) => name),
    );
    expect(listed).toEqual(new Set(examples));
  });
});
