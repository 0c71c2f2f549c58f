import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './project.js';

/** A started `agentflow`, as a process of its own. */
export interface RunningAgentflow {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** Everything that it has printed so far, both streams. */
  output(): string;
  /** Ends it (SIGTERM unless told otherwise) and resolves with its exit code; null where a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  /** The folder of the project. */
  readonly directory: string;
  /** After `agentflow`; `--port 0` is added. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

const program = join(root, 'packages/agentflow/bin/agentflow.js');

/** The variables that a test's server must not inherit. */
function cleanEnvironment(extra: StartOptions['env']): NodeJS.ProcessEnv {
  const {
    JWT_SECRET_KEY: _1,
    JWT_SECRET: _2,
    JWT_ALGORITHM: _3,
    HOST: _4,
    PORT: _5,
    MODE: _6,
    JWT_SECRET_KEY_PREVIOUS: _7,
    JWT_PUBLIC_KEY: _8,
    JWT_PUBLIC_KEY_FILE: _9,
    API_KEY: _10,
    INTERNAL_API_KEY: _11,
    VALID_API_KEYS: _12,
    CORS_ORIGINS: _13,
    ALLOWED_ORIGINS: _14,
    ORIGINS: _15,
    TRUSTED_PROXIES: _16,
    DOCS_PATH: _17,
    REDOC_PATH: _18,
    REDOCS_PATH: _19,
    PLAYGROUND_PATH: _20,
    ...inherited
  } = process.env;
  return { ...inherited, NO_COLOR: '1', ...extra };
}

function spawnAgentflow(args: readonly string[], { directory, env }: Pick<StartOptions, 'directory' | 'env'>) {
  const child = spawn(process.execPath, [program, ...args], { cwd: directory, env: cleanEnvironment(env) });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, exited, output: () => text };
}

/** Starts a server and resolves when it listens. Rejects with what it printed if it ends before. */
export async function startAgentflow({ directory, args = ['api'], env }: StartOptions): Promise<RunningAgentflow> {
  const { child, exited, output } = spawnAgentflow([...args, '--port', '0'], { directory, env });
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /http:\/\/[\d.]+:\d+|http:\/\/\[[\da-f:]+\]:\d+/.exec(output());
      if (found) resolve(found[0]);
    };
    child.stdout.on('data', look);
    void exited.then((code) => reject(new Error(`agentflow ended with ${code} before it listened:\n${output()}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    process: child,
    output,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs one command to its end. */
export async function runAgentflow(
  args: readonly string[],
  options: Pick<StartOptions, 'directory' | 'env'>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const { exited, output } = spawnAgentflow(args, options);
  const code = await exited;
  return { code, output: output() };
}
