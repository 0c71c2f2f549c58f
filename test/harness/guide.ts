import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { root } from './project.js';

/** One block of commands in a guide, and what it says that they print. */
interface GuideStep {
  readonly commands: string;
  /** Whether it goes on until the reader ends it. */
  readonly isServer: boolean;
  readonly expected: string | undefined;
}

const ownTerminal = '# in a terminal of its own';

/**
 * The ```sh blocks of a Markdown text, each with the block without a language that follows it (CONTRIBUTING.md). Those with
 * npm are about the repository itself, and the newcomer's test does what they say.
 */
export function parseGuide(markdown: string): readonly GuideStep[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text = '']) => ({
    language,
    text,
  }));
  return blocks.flatMap(({ language, text }, index): GuideStep[] => {
    if (language !== 'sh' || /^npm /.test(text)) return [];
    const next = blocks[index + 1];
    return [
      {
        commands: text,
        isServer: text.startsWith(ownTerminal),
        expected: next?.language === '' ? next.text : undefined,
      },
    ];
  });
}

/** What a reader has: a fresh copy of the examples, with everything installed and built. */
export interface Clone {
  readonly directory: string;
  remove(): void;
}

export function createClone(): Clone {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-guide-'));
  const leftBehind = new Set(['.agentflow', '.env', 'node_modules']);
  for (const part of ['examples', 'agentflow.json', 'package.json']) {
    cpSync(join(root, part), join(directory, part), {
      recursive: true,
      filter: (file) => !leftBehind.has(basename(file)),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A process with everything that it has printed. Its children end with it. */
function run(program: string, args: readonly string[], clone: Clone) {
  const { JWT_SECRET_KEY: _1, JWT_SECRET: _2, MODE: _3, HOST: _4, OPENAI_API_KEY: _5, ...inherited } = process.env;
  const env = { ...inherited, PORT: '0', NO_COLOR: '1' };
  const child: ChildProcess = spawn(program, args, { cwd: clone.directory, env, detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    output: () => text,
    /** Resolves with what stands in the output, from `start` on, as soon as it does. */
    waitFor: (pattern: RegExp, start = 0) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(text.slice(start));
          if (!found) return;
          child.stdout?.off('data', look);
          resolve(found);
        };
        child.stdout?.on('data', look);
        look();
        void ended.then(() => reject(new Error(`ended before it printed ${pattern}:\n${text}`)));
      }),
    end: () => {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
        process.kill(-child.pid, 'SIGTERM');
      return ended;
    },
  };
}

const address = /http:\/\/127\.0\.0\.1:\d+/;

/**
 * Does what a guide says, in one shell and in order, and holds each output against the guide's own words. Servers listen where
 * there is room: the addresses that the guide gives are replaced by theirs, and nothing else is.
 */
export async function followGuide(file: string, clone: Clone, signal: AbortSignal): Promise<void> {
  const shell = run('sh', [], clone);
  const servers: ReturnType<typeof run>[] = [];
  const places = new Map<string, string>();
  const endAll = () => Promise.all([shell, ...servers].map((one) => one.end()));
  // A test that is given up leaves nothing running.
  signal.addEventListener('abort', () => void endAll());
  const placed = (text: string) => [...places].reduce((result, [said, real]) => result.replaceAll(said, real), text);
  try {
    for (const { commands, isServer, expected } of parseGuide(readFileSync(join(root, file), 'utf8'))) {
      if (isServer) {
        const said = address.exec(expected ?? '')?.[0];
        if (said === undefined) throw new Error(`${file} does not say where this listens:\n${commands}`);
        const server = run('sh', ['-c', placed(commands)], clone);
        servers.push(server);
        // `dev` goes on where a configuration is faulty: it waits for it to be mended.
        const [real] = await server.waitFor(new RegExp(`${address.source}|Nothing is served`));
        places.set(said, real);
        expectOutput(server.output(), placed(expected ?? ''), commands);
      } else {
        const start = shell.output().length;
        shell.child.stdin?.write(`${placed(commands)}\nprintf '\\nstatus %s of the block\\n' "$?"\n`);
        const [, status] = await shell.waitFor(/^status (\d+) of the block$/m, start);
        const output = shell.output().slice(start);
        expect(status, `${commands}\n${output}`).toBe('0');
        expectOutput(output, placed(expected ?? ''), commands);
      }
    }
  } finally {
    await endAll();
  }
}

/** Every line of what is expected, and every part of it between "…", must stand in the output, in this order. */
function expectOutput(output: string, expected: string, commands: string): void {
  const parts = expected
    .split(/\n|…/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  let rest = output;
  for (const part of parts) {
    const place = rest.indexOf(part);
    expect(place, `${JSON.stringify(part)} is not in what this prints:\n${commands}\n${output}`).not.toBe(-1);
    rest = rest.slice(place + part.length);
  }
}
