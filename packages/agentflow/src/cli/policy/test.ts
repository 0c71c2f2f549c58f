import { basename } from 'node:path';
import { type CasesReport, readCases, runCases, whyLines } from '@agentflow/authorization/inspection';
import { exitCodes } from '../print-faults.js';
import { type CompanionFile, companionError, findCompanion } from './companion-file.js';
import { loadConfiguredPolicy, type PolicyOptions } from './configured-policy.js';
import { print, printJson } from './print.js';

export interface TestOptions extends PolicyOptions {
  readonly cases?: string | undefined;
  readonly minCoverage?: string | undefined;
}

const usualFile = 'policy.cases.json';

/** Asks a policy the cases of a file; exit code 1 if one fails, or too few rules are reached. */
export async function testPolicy(options: TestOptions): Promise<void> {
  const least = readPercent(options.minCoverage ?? '0');
  const { inspected, file } = await loadConfiguredPolicy(options);
  const companion = findCompanion(file, options.cases, usualFile);
  if (companion === undefined) {
    throw new Error(
      `there is no ${usualFile} beside ${basename(file)}. Write it, or name another file with --cases FILE.`,
    );
  }
  const read = readCases(companion.value);
  if ('faults' in read) throw companionError(companion, read.faults);
  const report = runCases(inspected, read.cases);
  const isCovered = report.coverage.percent >= least;
  if (report.failed.length > 0 || !isCovered) process.exitCode = exitCodes.failure;
  if (options.json === true) printJson(report);
  else print([...failures(report, companion), ...summary(report), ...(isCovered ? [] : [tooFew(least)])]);
}

function readPercent(text: string): number {
  const percent = Number(text);
  if (/^\d{1,3}$/.test(text) && percent <= 100) return percent;
  throw new Error(`--min-coverage takes a number from 0 to 100, not "${text}"`);
}

function failures({ failed }: CasesReport, companion: CompanionFile): readonly string[] {
  return failed.flatMap(({ index, expected, why, decision }) => {
    const { who, does, on, effect } = decision;
    const what = `${who}, ${does}${on === null ? '' : ` on ${on}`}`;
    return [
      `failed  ${companion.placeOf(index)}  ${what}: expected ${expected}, and the policy says ${effect}`,
      ...(why === null ? [] : [`        because  ${why}`]),
      ...whyLines(decision).map((line) => `        ${line}`),
      '',
    ];
  });
}

function summary({ cases, failed, coverage }: CasesReport): readonly string[] {
  const { rules, reached, percent, unreached } = coverage;
  return [
    `${cases} case${cases === 1 ? '' : 's'}, ${failed.length} failed`,
    `${reached} of ${rules} rules reached, ${percent} %`,
    ...unreached.map(({ place, rule }) => `  not reached  ${place}  ${rule}`),
  ];
}

function tooFew(least: number): string {
  return `fewer than ${least} % of the rules are reached`;
}
