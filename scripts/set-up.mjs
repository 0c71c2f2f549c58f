import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const read = (file) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : undefined);

/** pnpm leaves a copy of the lock file behind a good install: where the two are equal there is nothing to do. */
function isInstalled() {
  const installed = read('node_modules/.pnpm/lock.yaml');
  return installed !== undefined && installed === read('pnpm-lock.yaml');
}

function run(what, command, args) {
  const startedAt = Date.now();
  // The full output is of use only where something has gone wrong.
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    // On Windows npx is a script.
    shell: process.platform === 'win32',
  });
  if (status === 0) {
    process.stdout.write(`  ${what.padEnd(12)}${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}\n${what} failed.\n`);
  process.exit(1);
}

/** Installs and builds, as far as that has not been done: all that a fresh clone needs. */
export function setUp() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 12)) {
    process.stderr.write(`agentflow needs Node 20.12 or newer; this is ${process.version}.\n`);
    process.exit(1);
  }
  if (!isInstalled()) {
    const { packageManager } = JSON.parse(read('package.json'));
    run('installed', 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only']);
  }
  run('built', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
  run('bundled', process.execPath, [join(root, 'packages/playground/bundle.mjs')]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
