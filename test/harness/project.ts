import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepDataDirectory } from './leaks/dumps.js';
import { useSecretsOf } from './leaks/used-secrets.js';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The graph that the repository itself serves, wherever a test's project lies. */
export const exampleGraph = `${join(root, 'examples/react/graph.ts')}:app`;

/** A graph whose answer tells all that reached it of the config. */
export const echoGraph = `${join(root, 'test/graphs/echo-config.ts')}:app`;

/** A graph that throws as soon as it runs. */
export const failingGraph = `${join(root, 'test/graphs/fails.ts')}:app`;

/** A secret as `openssl rand -hex 32` makes it. */
export function createSecret(): string {
  return randomBytes(32).toString('hex');
}

/** A folder with a configuration and whatever files a test needs; gone after the test. */
export interface Project {
  readonly directory: string;
  write(file: string, content: string | object): void;
  remove(): void;
}

export function createProject(files: Readonly<Record<string, string | object>> = {}): Project {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-test-'));
  const project: Project = {
    directory,
    write(file, content) {
      if (file === 'agentflow.json') useSecretsOf(content);
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
    },
    remove() {
      keepDataDirectory(directory);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  for (const [file, content] of Object.entries(files)) project.write(file, content);
  return project;
}
