import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, extname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watch } from 'chokidar';
import { paint } from '../log/style.js';
import { watchTerminal } from './on-signals.js';
import type { ServeOptions } from './serve.js';

export interface DevOptions extends ServeOptions {
  /** False for `--no-reload`. */
  readonly reload: boolean;
}

const program = fileURLToPath(new URL('../../bin/agentflow.js', import.meta.url));

const ignoredFolders = new Set(['node_modules', 'dist', 'coverage']);
/** Beginning with a dot, files belong to tools, but for these. */
const watchedDotFiles = new Set(['.env', '.agentflow.json']);

/** Not those of a Casbin policy: it is read anew while the server runs, and a faulty one must not end it. */
const watchedExtensions = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.json']);

/** Several files are saved at once, or one in two steps. */
const quietMilliseconds = 150;

/** Serves in a process of its own, and starts it anew when a file of the project changes. */
export async function dev(options: DevOptions): Promise<void> {
  let child = start(options);
  let isEnding = false;
  let isRestarting = false;
  let hasServed = false;
  let isListening = false;

  const onExit = (code: number | null) => {
    if (isRestarting) return;
    if (isEnding || !hasServed || !options.reload) {
      process.exit(code ?? 1);
    }
    process.stdout.write(paint('yellow', '\n  the server has ended; it starts again when a file changes\n'));
  };
  child.on('exit', onExit);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      isEnding = true;
      if (child.exitCode !== null || child.signalCode !== null) process.exit(0);
      child.kill('SIGTERM');
    });
  }
  const hasTerminalGone = watchTerminal();
  process.on('SIGHUP', () => {
    if (hasTerminalGone()) process.emit('SIGTERM');
    // As for the server itself: only its configuration is read anew.
    else if (isListening) child.kill('SIGHUP');
  });
  // A configuration that is wrong from the start is told once, with its exit code; later faults wait to be mended.
  const onMessage = () => {
    hasServed = true;
    isListening = true;
  };
  child.on('message', onMessage);
  if (!options.reload) return;

  const restart = async (file: string) => {
    if (isEnding || isRestarting) return;
    isRestarting = true;
    isListening = false;
    hasServed = true;
    process.stdout.write(paint('dim', `\n  ending: ${relative(process.cwd(), file)} has changed\n\n`));
    await end(child);
    // Told to end in the meantime, it must not leave a server behind.
    if (isEnding) process.exit(0);
    child = start(options);
    child.on('exit', onExit);
    child.on('message', onMessage);
    isRestarting = false;
  };
  watchProject(dirname(resolve(options.config ?? 'agentflow.json')), (file) => void restart(file));
}

function start({ config, host, port, shadow, shadowModel, insecureNoAuth }: DevOptions): ChildProcess {
  const flags = [
    ...(config === undefined ? [] : ['--config', config]),
    ...(host === undefined ? [] : ['--host', host]),
    ...(port === undefined ? [] : ['--port', port]),
    ...(shadow === undefined ? [] : ['--shadow', shadow]),
    ...(shadowModel === undefined ? [] : ['--shadow-model', shadowModel]),
    ...(insecureNoAuth ? ['--insecure-no-auth'] : []),
  ];
  const environment = { ...process.env, MODE: process.env['MODE'] || 'development' };
  return spawn(process.execPath, [program, 'api', ...flags], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment,
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolveEnd) => child.once('exit', () => resolveEnd()));
  child.kill('SIGTERM');
  await ended;
}

function watchProject(directory: string, onChange: (file: string) => void): void {
  let timer: NodeJS.Timeout | undefined;
  const isIgnored = (path: string, stats?: { isFile(): boolean }) => {
    const parts = relative(directory, path).split(sep);
    const name = parts.at(-1) ?? '';
    if (
      parts.some(
        (part) => ignoredFolders.has(part) || (part.startsWith('.') && part.length > 2 && !watchedDotFiles.has(part)),
      )
    )
      return true;
    return stats?.isFile() === true && !watchedExtensions.has(extname(name)) && name !== '.env';
  };
  watch(directory, { ignoreInitial: true, ignored: isIgnored }).on('all', (_event, file) => {
    clearTimeout(timer);
    timer = setTimeout(() => onChange(file), quietMilliseconds);
  });
}
