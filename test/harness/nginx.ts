import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { root } from './project.js';

const executable = process.env['AGENTFLOW_TEST_NGINX'] ?? '/usr/sbin/nginx';

/** Debian: `apt-get install nginx-light`. */
export const nginxIsHere = existsSync(executable);

export interface RunningNginx {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts nginx by the configuration of the example, in front of a server that listens on a port of this machine. */
export async function startNginx(upstreamPort: number): Promise<RunningNginx> {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-nginx-'));
  mkdirSync(join(directory, 'temp'));
  const port = await freePort();
  const example = readFileSync(join(root, 'examples/behind-nginx/nginx.conf'), 'utf8');
  // In one pass: a port that was put in may itself hold the digits of the other.
  const configuration = example.replace(/127\.0\.0\.1:(8000|8080)\b/g, (_address, known: string) =>
    known === '8000' ? `127.0.0.1:${upstreamPort}` : `127.0.0.1:${port}`,
  );
  writeFileSync(join(directory, 'nginx.conf'), configuration);
  const args = ['-p', directory, '-c', 'nginx.conf', '-g', 'daemon off; user root;'];
  const withoutUser = process.getuid?.() === 0 ? args : [...args.slice(0, -1), 'daemon off;'];
  const child = spawn(executable, withoutUser, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await untilListening(port, child, () => output);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess, output: () => string): Promise<void> {
  while (child.exitCode === null) {
    const isListening = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isListening) return;
    await sleep(20);
  }
  throw new Error(`nginx ended before it listened:\n${output()}`);
}
