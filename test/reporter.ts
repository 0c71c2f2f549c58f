import { existsSync, readFileSync, rmSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { searchesFile } from './harness/leaks/searches-file.js';

/**
 * Ends a run with the one line that counts it: `N passed, N failed, N skipped`; before it, a line for each failure, so
 * that whoever sees only the end of a long log knows what failed, and of what.
 */
export default class CountReporter implements Reporter {
  readonly #searches: string;

  constructor({ searches = searchesFile }: { readonly searches?: string } = {}) {
    this.#searches = searches;
  }

  onInit(): void {
    rmSync(this.#searches, { force: true });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    // An error that no test has caught fails the run, and so it counts.
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const failures = errors.map((error) => failure('outside of any test', error));
    for (const module of modules) {
      // A file that cannot even be loaded is a failure, though it holds no test that could fail; so is what goes wrong before or after the
      // tests of a block.
      for (const part of [module, ...module.children.allSuites()]) {
        if (part.errors().length > 0) counts.failed += 1;
        const where = part.type === 'suite' ? `${module.relativeModuleId} > ${part.fullName}` : module.relativeModuleId;
        failures.push(...part.errors().map((error) => failure(where, error)));
      }
      for (const test of module.children.allTests()) {
        const { state, errors: why } = test.result();
        counts[state === 'pending' ? 'skipped' : state] += 1;
        if (state === 'failed') failures.push(failure(`${module.relativeModuleId} > ${test.fullName}`, why[0]));
      }
    }
    process.on('exit', () => {
      tellSearches(this.#searches);
      for (const line of failures) process.stdout.write(line);
      process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    });
  }
}

/** `failed: FILE > TEST: MESSAGE`, on one line, the message cut where it gets long. */
function failure(where: string, error: { message: string } | undefined): string {
  const why = stripVTControlCharacters(error?.message ?? 'no reason given').replaceAll(/\s+/g, ' ');
  return `failed: ${where}: ${why.length > 600 ? `${why.slice(0, 600)} …` : why}\n`;
}

/** For how much of what the servers have left was searched for how many secrets; where one was found, its file has failed. */
function tellSearches(file: string): void {
  if (!existsSync(file)) return;
  const sums = [0, 0, 0];
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    for (const [index, count] of line.split(' ').entries()) sums[index] = (sums[index] ?? 0) + Number(count);
  }
  const [secrets, dumps, bytes = 0] = sums;
  const size = `${Math.round(bytes / 1_000_000)} MB`;
  process.stdout.write(`searched for ${secrets} secrets in ${size} of logs and databases (${dumps} of them)\n`);
}
