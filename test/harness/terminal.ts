import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './project.js';

/** The command line, as somebody at a terminal sees it. */
export interface Terminal {
  readonly process: ChildProcess;
  /** Everything that it has shown so far. */
  output(): string;
  /** The first match in what it shows, as soon as it is there; rejects where it ends before. */
  see(pattern: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

export interface TerminalOptions {
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is a terminal, made by `script` of util-linux, and no pipe. */
  readonly isTerminal?: boolean;
}

const program = join(root, 'packages/agentflow/bin/agentflow.js');

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Starts `agentflow` with these arguments. */
export function openTerminal(args: readonly string[], { directory, env, isTerminal }: TerminalOptions): Terminal {
  const environment = { ...process.env, NO_COLOR: '1', ...env };
  const command = [process.execPath, program, ...args];
  const [file = '', ...rest] =
    isTerminal === true
      ? ['script', '--quiet', '--return', '--command', command.map(quote).join(' '), '/dev/null']
      : command;
  const child = spawn(file, rest, { cwd: directory, env: environment });
  let shown = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      shown += chunk;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    process: child,
    ended,
    output: () => shown,
    type: (text) => void child.stdin.write(text),
    see: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(shown);
          if (found === null) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        void ended.then((code) => reject(new Error(`it ended with ${code} before it showed ${pattern}:\n${shown}`)));
        look();
      }),
  };
}
