import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bundleClient } from '../harness/client-bundle.js';
import { root } from '../harness/project.js';

/* What a page loads when it uses the client, and what a program needs to compile with it. */

test('the bundle holds the client and nothing else, and is small', async () => {
  const { code, sources } = await bundleClient();
  expect(sources.length).toBeGreaterThan(20);
  expect(sources.filter((file) => !file.startsWith('packages/client/dist/'))).toEqual([]);
  expect(code.match(/node:|\bkoa\b|\bjose\b|\bcasbin\b|\bzod\b|\brequire\(|\bimport\b|\bprocess\./gi)).toBeNull();
  const sizes = { minified: Buffer.byteLength(code), gzipped: gzipSync(code, { level: 9 }).length };
  process.stdout.write(`@agentflow/client: ${sizes.minified} bytes minified, ${sizes.gzipped} gzipped\n`);
  expect(sizes.minified).toBeLessThan(46_000);
  expect(sizes.gzipped).toBeLessThan(16_000);
});

test('it depends on nothing that runs: of the protocol it takes the types', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'packages/client/package.json'), 'utf8'));
  expect(manifest.dependencies).toEqual({ '@agentflow/protocol': 'workspace:*' });
});

describe('its types', () => {
  const program = `
    import { AgentFlowClient, Message, type StreamChunk } from '@agentflow/client';
    const client = new AgentFlowClient({ baseUrl: 'http://localhost', credentials: 'include', headers: new Headers() });
    export const answer: Promise<Message[]> = client.invoke([Message.text_message('x')]).then(({ messages }) => messages);
    export async function* read(): AsyncGenerator<StreamChunk> { yield* client.stream([]); }
  `;

  const readme = readFileSync(join(root, 'packages/client/README.md'), 'utf8');
  const guide = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text]) => text).join('');

  test.each([
    ['a program for a browser', ['ES2022', 'DOM'], [], program],
    ['a program for Node', ['ES2023'], ['node'], program],
    ['the program of its page', ['ES2022', 'DOM', 'DOM.AsyncIterable'], [], guide],
  ])('stand by themselves in %s', { timeout: 60_000 }, async (_name, lib, types, text) => {
    expect(text).toContain('AgentFlowClient');
    const folder = mkdtempSync(join(tmpdir(), 'agentflow-types-'));
    try {
      mkdirSync(join(folder, 'node_modules/@agentflow'), { recursive: true });
      for (const name of ['client', 'protocol']) {
        symlinkSync(join(root, 'packages', name), join(folder, 'node_modules/@agentflow', name));
      }
      symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'));
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      writeFileSync(join(folder, 'program.ts'), text);
      const compilerOptions = { ...{ lib, types, strict: true, noEmit: true, skipLibCheck: false }, ...nodeNext };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
      const compiler = join(root, 'node_modules/.bin/tsc');
      expect(existsSync(compiler)).toBe(true);
      const { stdout } = await promisify(execFile)(compiler, ['-p', folder]).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const nodeNext = { module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2022' };
