import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { digestOf, filesOf } from './configuration-digest.js';

const files: Readonly<Record<string, string>> = {
  'agentflow.json': JSON.stringify({
    agent: 'graph.ts:app',
    auth: [
      { method: 'api_key', keys: [{ id: 'one', subject: 'ann', key: { env: 'OWN' } }] },
      { method: 'jwt', secret: { file: 'keys/secret' } },
      { method: 'custom', path: 'plugins/auth.ts:Mine' },
    ],
    authorization: [
      { method: 'casbin', policy: '${POLICY}', model: 'model.conf' },
      { method: 'custom', path: 'plugins.other:Mine' },
    ],
  }),
  '.env': 'POLICY=policy.csv\nOWN_FILE=keys/own\nJWT_SECRET_KEY_PREVIOUS_FILE=keys/older, keys/oldest\n',
  'policy.csv': 'p, a, *, *\n',
  'model.conf': 'any',
  'keys/secret': 's',
  'keys/own': 'o',
  'keys/older': 'x',
  'keys/oldest': 'y',
  'plugins/auth.ts':
    "import { thing } from './lib/thing.js';\nimport 'agentflow';\nconst later = () => import('./later');\n",
  'plugins/lib/thing.ts': "export * from './deeper/index.mjs';\n",
  'plugins/lib/deeper/index.mjs': 'export {};\n',
  'plugins/later.ts': "import './auth.js';\n",
  'plugins/other.ts': "const more = require('./more.json');\n",
  'plugins/more.json': '{}',
};
const noConcern = { 'graph.ts': 'export const app = 1;\n', 'README.md': '# Mine\n' };

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-digest-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ ...files, ...noConcern })) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

const digestIn = async (directory: string) =>
  digestOf(filesOf(await loadConfiguration(join(directory, 'agentflow.json'), {})));

test('every file that decides something changes the digest, and nothing else does', async () => {
  const directory = folder();
  const first = await digestIn(directory);
  expect(first).toMatch(/^[\da-f]{64}$/);
  const seen = new Set([first]);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), `${text} `);
    const changed = await digestIn(directory);
    expect([name, seen.has(changed)]).toEqual([name, false]);
    seen.add(changed);
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  for (const [name, text] of Object.entries(noConcern)) writeFileSync(join(directory, name), `${text} `);
  expect(await digestIn(directory)).toBe(first);
  rmSync(join(directory, 'policy.csv'));
  expect(seen.has(await digestIn(directory))).toBe(false);
});
