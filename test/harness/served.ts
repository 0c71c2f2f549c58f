import { afterAll, beforeAll, expect } from 'vitest';
import { type RunningAgentflow, startAgentflow } from './agentflow.js';
import type { TestDatabase } from './databases.js';
import { createProject, createSecret, type Project } from './project.js';
import { tokenFor } from './tokens.js';

/** One server for all the tests of a file, and what is needed to ask it. */
export interface Served extends RunningAgentflow {
  readonly directory: string;
  /** The secret that its `auth: "jwt"` finds in the environment. */
  readonly secret: string;
  /** A token of that secret which is good for an hour. */
  tokenFor(subject: string, claims?: object): string;
}

export interface ServeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Beside `agentflow.json`. */
  readonly files?: Readonly<Record<string, string | object>>;
  /** Where it keeps its data, if not in the embedded database. */
  readonly database?: () => Promise<TestDatabase>;
  /** Runs once it listens, before the first test. */
  readonly prepare?: (server: Served) => Promise<unknown>;
}

/**
 * Starts `agentflow api` before the tests of the file or block it is called in, and ends it after them, with exit code 0.
 * What it returns may be asked from within a test, not before.
 */
export function serve(configuration: object, { env, args, files, database, prepare }: ServeOptions = {}): Served {
  const secret = createSecret();
  let project: Project | undefined;
  let running: RunningAgentflow | undefined;
  let kept: TestDatabase | undefined;
  const started = () => {
    if (!running) throw new Error('the server has not been started: ask it from within a test');
    return running;
  };
  const served: Served = {
    secret,
    tokenFor: (subject, claims) => tokenFor(subject, secret, claims),
    get directory() {
      return project?.directory ?? '';
    },
    get url() {
      return started().url;
    },
    get port() {
      return started().port;
    },
    get process() {
      return started().process;
    },
    output: () => started().output(),
    stop: (signal) => started().stop(signal),
  };
  beforeAll(async () => {
    kept = await database?.();
    const where = kept?.configuration === undefined ? {} : { database: kept.configuration };
    project = createProject({ 'agentflow.json': { ...configuration, ...where }, ...files });
    const environment = { JWT_SECRET_KEY: secret, ...env };
    running = await startAgentflow({ directory: project.directory, env: environment, ...(args && { args }) });
    await prepare?.(served);
  });
  afterAll(async () => {
    const code = running?.process.exitCode ?? (await running?.stop());
    project?.remove();
    await kept?.remove();
    expect(code).toBe(0);
  });
  return served;
}
