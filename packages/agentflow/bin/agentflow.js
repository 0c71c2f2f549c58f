#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);

if (existsSync(program)) {
  const { main } = await import(program.href);
  await main(process.argv);
} else {
  process.stderr.write('agentflow has not been built here yet. Run "npm start" or "npm run build" once.\n');
  process.exitCode = 1;
}
