import {
  type Change,
  type ComparisonReport,
  comparePolicies,
  type DifferencesReport,
  type InspectedPolicy,
  inspectPolicy,
  type MatchReport,
  policyChains,
  type ReplayReport,
  replay,
  sumDifferences,
} from '@agentflow/authorization/inspection';
import { candidateOptions, readingCandidate } from '../../compose/candidate-policy.js';
import { loadConfiguration } from '../../configuration/load-configuration.js';
import { exitCodes } from '../print-faults.js';
import { type ConfiguredPolicy, loadConfiguredPolicy, type PolicyOptions } from './configured-policy.js';
import { print, printJson } from './print.js';
import { openRecorded, type Recorded, type RecordedOptions, readDays } from './recorded.js';
import { differencesLines, replayLines } from './recorded-lines.js';

export interface DiffOptions extends PolicyOptions, RecordedOptions {
  readonly model?: string | undefined;
  /** What a shadow has differed in, instead. */
  readonly shadowed?: boolean | undefined;
}

/** More changes are not shown; a program asks for JSON. */
const maxShown = 50;

/** Says who may do more, and who less, by another policy; exit code 1 if anybody does. */
export async function diff(file: string | undefined, options: DiffOptions): Promise<void> {
  readDays(options);
  if (options.shadowed === true) return diffShadowed(file, options);
  if (file === undefined) throw new Error('diff needs a candidate: agentflow policy diff candidate.csv');
  const current = await loadConfiguredPolicy(options);
  const candidate = await readCandidate(file, options.model, current);
  const report = comparePolicies(current.inspected, candidate);
  const recorded = await replayRecorded(current, candidate, options);
  const hasChanged = report.changes.length > 0 || (recorded !== undefined && recorded.report.changes.length > 0);
  if (hasChanged) process.exitCode = exitCodes.failure;
  if (options.json === true) printJson({ ...report, recorded: recorded?.report ?? null });
  else
    print([
      ...changeLines(report),
      ...summary(report),
      ...(recorded === undefined ? [] : ['', ...replayLines(recorded.report, recorded.label)]),
    ]);
}

/** Sums what servers with `--shadow` have recorded; exit code 1 if there is anything. */
async function diffShadowed(candidate: string | undefined, options: DiffOptions): Promise<void> {
  const loaded = await loadConfiguration(options.config, process.env);
  const recorded = await openRecorded(loaded, options);
  const report = await sumRecorded(recorded, candidate);
  if (report.differences > 0) process.exitCode = exitCodes.failure;
  if (options.json === true) printJson(report);
  else print(differencesLines(report, recorded.label, candidate));
}

async function sumRecorded(recorded: Recorded, candidate: string | undefined): Promise<DifferencesReport> {
  try {
    return await sumDifferences(recorded.decisions({ since: recorded.since, events: ['shadow-differed'] }), candidate);
  } finally {
    await recorded.close();
  }
}

/** What the candidate would have answered; undefined where that is not asked. */
async function replayRecorded(
  { loaded, inspected }: ConfiguredPolicy,
  candidate: InspectedPolicy,
  options: DiffOptions,
): Promise<{ readonly report: ReplayReport; readonly label: string } | undefined> {
  if (options.recorded === undefined && options.days === undefined) return undefined;
  const recorded = await openRecorded(loaded, options);
  const { label, since } = recorded;
  try {
    const kept = recorded.decisions({ since, events: ['request', 'stream-opened', 'socket-opened', 'use-refused'] });
    return { label, report: await replay({ current: inspected, candidate }, kept) };
  } finally {
    await recorded.close();
  }
}

/** @throws {InvalidConfigurationError} with the lines of all that is wrong */
function readCandidate(
  policy: string,
  model: string | undefined,
  { options, loaded }: ConfiguredPolicy,
): Promise<InspectedPolicy> {
  const directory = process.cwd();
  const candidate = { policy, model, directory };
  const place = { directory, path: [] };
  return readingCandidate(candidate, () =>
    inspectPolicy(candidateOptions(candidate, options, loaded.directory), place),
  );
}

function changeLines({ changes }: ComparisonReport): readonly string[] {
  const lines = changes
    .slice(0, maxShown)
    .flatMap((change) => [
      `${change.kind === 'gain' ? 'gains' : 'loses'}  ${whatOf(change)}`,
      `       now   ${ruleOf(change.before)}`,
      `       then  ${ruleOf(change.after)}`,
      '',
    ]);
  return changes.length > maxShown ? [...lines, `… and ${changes.length - maxShown} more changes`, ''] : lines;
}

function whatOf({ who, does, on }: Change): string {
  return `${who}: ${does.join(', ')}${on === null ? '' : ` on ${on}`}`;
}

function ruleOf(match: MatchReport | null): string {
  if (match === null) return 'no rule allows it';
  const chains = policyChains(match);
  return `${match.place}  ${match.rule}${chains === '' ? '' : `  through ${chains}`}`;
}

function summary({ gained, lost, requests, askers, permissions, ids }: ComparisonReport): readonly string[] {
  const beside = [`${askers} askers`, `${permissions} permissions`, ...(ids > 1 ? [`${ids} ids`] : [])];
  return [
    `${gained} gained, ${lost} lost, ${requests - gained - lost} the same`,
    `  Asked are ${beside.join(', ')}: every name of either policy as a role and as a principal, and one that neither names.`,
    '  Not asked are several roles of one credential together, and claims.',
  ];
}
