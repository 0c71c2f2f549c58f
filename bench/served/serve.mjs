import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'packages/agentflow/bin/agentflow.js');
const probe = new URL('probe.mjs', import.meta.url).href;

/** The program itself as a process of its own, with a configuration, and other files, in a folder of its own. */
export async function serve(configuration, environment = {}, files = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-bench-'));
  const graph = `${join(root, 'test/graphs/plain.ts')}:invoking`;
  const written = { ...files, 'agentflow.json': JSON.stringify({ agent: graph, ...configuration }) };
  for (const [name, text] of Object.entries(written)) writeFileSync(join(directory, name), text);
  const env = { ...process.env, NO_COLOR: '1', MODE: '', ...environment };
  const running = await startProbed(program, ['api', '--port', '0'], { cwd: directory, env });
  return {
    ...running,
    directory,
    /** A command of the program's, beside the server. */
    command(args, input = '') {
      const { status, stderr } = spawnSync(process.execPath, [program, ...args], {
        ...{ cwd: directory, env, input },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`agentflow ${args.join(' ')} ended with ${String(status)}:\n${stderr}`);
    },
    /** Returns what `last` finds in its folder, once it has ended. */
    async stop(last = () => undefined) {
      await running.stop();
      const left = last(directory);
      rmSync(directory, { recursive: true, force: true });
      return left;
    },
  };
}

/** A program that prints its address, as a process of its own that can be asked how it fares. */
export async function startProbed(path, args, options = {}) {
  const stdio = ['ignore', 'pipe', 'pipe', 'ipc'];
  const child = fork(path, args, { ...options, stdio, execArgv: ['--import', probe] });
  let printed = '';
  child.stderr.on('data', (chunk) => {
    printed += chunk;
  });
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      if (found(printed)) return;
      printed += chunk;
      if (found(printed)) resolve(found(printed)[0]);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${printed}`)));
  });
  const answerTo = async (question, name) => {
    child.send(question);
    for (;;) {
      const [message] = await once(child, 'message');
      if (message?.[name] !== undefined) return message[name];
    }
  };
  return {
    url,
    /** How late the server's event loop was while the work was done, in milliseconds. */
    async delayDuring(work) {
      child.send('begin');
      const result = await work();
      return { delay: await answerTo('end', 'delay'), result };
    },
    /** How long it has kept a processor so far, in microseconds. */
    processorTime: () => answerTo('processor', 'processor'),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function found(printed) {
  return /http:\/\/127\.0\.0\.1:\d+/.exec(printed);
}
