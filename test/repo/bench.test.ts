import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const bench = new URL('../../bench/', import.meta.url);
const benches = readdirSync(bench).filter((file) => file.endsWith('.bench.mjs'));

/** What it says of time means nothing here; that it still fits the product does. */
test.each(benches)(
  '%s runs, and every request of it is answered and audited',
  async (file) => {
    const script = `
    const { run } = await import(${JSON.stringify(new URL(file, bench).href)});
    const { rows, text } = await run({ rounds: 1, requestsPerRound: 64 });
    process.stdout.write(JSON.stringify({ cases: rows.map((row) => row.case), text }));
    process.exit(0);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const { cases, text } = JSON.parse(stdout) as { cases: string[]; text: string };
    expect(cases).toEqual(['bare', 'bare again', 'whole path']);
    // One to learn the answer's size, a round to warm up, and the round itself.
    expect(text).toContain(`${1 + 64 + 64} audited`);
  },
  60_000,
);
