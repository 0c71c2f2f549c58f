import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { keepDump } from './leaks/dumps.js';
import { useSecretsOf } from './leaks/used-secrets.js';
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

/** Tests ask faster than people do. Those about limits take these away again. */
export const withoutLimits = {
  RATE_LIMIT_REQUESTS_PER_MINUTE: '10000000',
  RATE_LIMIT_BURST: '1000000',
  RATE_LIMIT_CONCURRENT_RUNS: '1000000',
  RATE_LIMIT_SIGN_IN_ATTEMPTS: '1000000',
} as const;

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
    REDIS_URL: _21,
    ...inherited
  } = process.env;
  return { ...inherited, NO_COLOR: '1', ...withoutLimits, ...extra };
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

/** On a laptop, a token is printed for its owner to try: that one is meant to be seen. */
function withoutToTry([command]: readonly string[], output: string): string {
  return command === 'dev' ? output.replace(/(-H "Authorization: Bearer )[\w.-]+"/g, '$1…"') : output;
}

/** For programs, and for people. What else is said of the start may name addresses as well: a provider's, which cannot be reached. */
const listeningLine =
  /^\{.*"url":"(http:\/\/[^"]+)".*"msg":"listening"\}$|^\s*listening {5}(http:\/\/(?:[\d.]+|\[[\da-f:]+\]):\d+)\n/m;

/** Starts a server and resolves when it listens. Rejects with what it printed if it ends before. */
export async function startAgentflow({ directory, args = ['api'], env }: StartOptions): Promise<RunningAgentflow> {
  useSecretsOf(env);
  const { child, exited, output } = spawnAgentflow([...args, '--port', '0'], { directory, env });
  void exited.then(() => keepDump(`what agentflow ${args.join(' ')} has printed`, withoutToTry(args, output())));
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const [, logged, shown] = listeningLine.exec(output()) ?? [];
      const found = logged ?? shown;
      if (found !== undefined) resolve(found);
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
