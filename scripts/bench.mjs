import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './set-up.mjs';

const [name, ...args] = process.argv.slice(2);
const benches = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.bench.mjs'))
  .map((file) => file.slice(0, -10));
if (name === undefined || !benches.includes(name)) {
  process.stderr.write(`npm run bench -- NAME [--json], with one of: ${benches.join(', ')}\n`);
  process.exit(2);
}
if (!args.includes('--json')) setUp();
const { run } = await import(`../bench/${name}.bench.mjs`);
const result = await run();
process.stdout.write(args.includes('--json') ? `${JSON.stringify(result)}\n` : `${result.text}\n`);
process.exit(0);
