import { existsSync, readFileSync, rmSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';
import { searchesFile } from './harness/leaks/searches-file.js';
import { createHeardFiles } from './heard-files.js';

/** How long a file may go on without word of a test that has ended: longer than any test may take. */
const patience = 10 * 60_000;

interface Options {
  readonly searches?: string;
  readonly patienceMilliseconds?: number;
}

/**
 * Ends a run with the one line that counts it: `N passed, N failed, N skipped`; before it, a line for each failure, so
 * that whoever sees only the end of a long log knows what failed, and of what. A file that says nothing any more ends the run:
 * no time limit of a test helps where the process of the tests stands still.
 */
export default class CountReporter implements Reporter {
  readonly #searches: string;
  readonly #heard = createHeardFiles();
  /** By name: what a file is queued as is not what it ends as. */
  readonly #modules = new Map<string, TestModule>();
  readonly #patience: number;

  constructor({ searches = searchesFile, patienceMilliseconds = patience }: Options = {}) {
    this.#searches = searches;
    this.#patience = patienceMilliseconds;
  }

  onInit(): void {
    rmSync(this.#searches, { force: true });
    setInterval(() => this.#endWhereSilent(), this.#patience / 10).unref();
  }

  onTestModuleQueued(module: TestModule): void {
    this.#modules.set(module.relativeModuleId, module);
    this.#heard.begin(module.relativeModuleId);
  }

  onTestModuleCollected(module: TestModule): void {
    this.#hear(module);
  }

  onTestCaseResult({ module }: TestCase): void {
    this.#hear(module);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#hear(module);
    this.#heard.end(module.relativeModuleId);
  }

  #hear(module: TestModule): void {
    this.#modules.set(module.relativeModuleId, module);
    this.#heard.hear(module.relativeModuleId);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    this.#tellAtEnd(modules, errors, []);
  }

  #endWhereSilent(): void {
    // Words of it come in no certain order: its state has the last.
    const silent = this.#heard.silentFor(this.#patience).filter((file) => this.#isGoingOn(file));
    if (silent.length === 0) return;
    this.#tellAtEnd([...this.#modules.values()], [], silent);
    killChildren();
    process.exit(1);
  }

  #isGoingOn(file: string): boolean {
    const state = this.#modules.get(file)?.state();
    return state === 'pending' || state === 'queued';
  }

  #tellAtEnd(modules: readonly TestModule[], errors: readonly SerializedError[], silent: readonly string[]): void {
    // An error that no test has caught fails the run, and so it counts.
    const counts = { passed: 0, failed: errors.length + silent.length, skipped: 0 };
    const failures = errors.map((error) => failure('outside of any test', error));
    const stood = { message: `no test of it has ended for ${this.#patience / 1_000} s: its process was killed` };
    failures.push(...silent.map((file) => failure(file, stood)));
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

/** What stands still hears of nothing. Where the system tells no children, they are left. */
function killChildren(): void {
  const list = `/proc/${process.pid}/task/${process.pid}/children`;
  if (!existsSync(list)) return;
  for (const id of readFileSync(list, 'utf8').trim().split(' ')) {
    if (id !== '') process.kill(Number(id), 'SIGKILL');
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
