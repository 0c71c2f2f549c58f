import { resolve } from 'node:path';
import {
  type Change,
  type ComparisonReport,
  comparePolicies,
  type InspectedPolicy,
  inspectPolicy,
  type MatchReport,
  policyChains,
  type ReplayReport,
  replay,
} from '@agentflow/authorization/inspection';
import { ConfigurationError, systemClock } from '@agentflow/core';
import { InvalidConfigurationError } from '../../configuration/load-configuration.js';
import { exitCodes } from '../print-faults.js';
import { type ConfiguredPolicy, loadConfiguredPolicy, type PolicyOptions } from './configured-policy.js';
import { placed } from './placed-fault.js';
import { print, printJson } from './print.js';
import { readRecordedDecisions } from './recorded-decisions.js';
import { replayLines } from './replay-lines.js';

export interface DiffOptions extends PolicyOptions {
  readonly model?: string | undefined;
  readonly recorded?: string | undefined;
  readonly days: string;
}

/** More changes are not shown; a program asks for JSON. */
const maxShown = 50;

/** Says who may do more, and who less, by another policy; exit code 1 if anybody does. */
export async function diff(file: string, options: DiffOptions): Promise<void> {
  const days = readDays(options.days);
  const current = await loadConfiguredPolicy(options);
  const candidate = await readCandidate(file, options.model, current);
  const report = comparePolicies(current.inspected, candidate);
  const replayed =
    options.recorded === undefined ? undefined : await replayLog(options.recorded, days, current, candidate);
  const hasChanged = report.changes.length > 0 || (replayed !== undefined && replayed.changes.length > 0);
  if (hasChanged) process.exitCode = exitCodes.failure;
  if (options.json === true) printJson({ ...report, recorded: replayed ?? null });
  else
    print([
      ...changeLines(report),
      ...summary(report),
      ...(replayed === undefined ? [] : ['', ...replayLines(replayed, days)]),
    ]);
}

function readDays(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new Error(`--days takes a number from 1 to 9999, not "${text}"`);
}

async function replayLog(
  file: string,
  days: number,
  { options }: ConfiguredPolicy,
  candidate: InspectedPolicy,
): Promise<ReplayReport> {
  const since = systemClock.now() - days * 86_400_000;
  return replay(candidate, await readRecordedDecisions(file, { policy: options.policy, since }));
}

/** @throws {InvalidConfigurationError} with the lines of all that is wrong */
async function readCandidate(
  policy: string,
  model: string | undefined,
  { options, loaded }: ConfiguredPolicy,
): Promise<InspectedPolicy> {
  const { model: own, ...rest } = options;
  // Paths of the command line start here, those of the configuration where it lies.
  const chosen = model ?? (own === undefined ? undefined : resolve(loaded.directory, own));
  const wanted = { ...rest, policy, ...(chosen !== undefined && { model: chosen }) };
  try {
    return await inspectPolicy(wanted, { directory: process.cwd(), path: [] });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const faults = error.faults.map(({ message, remedy }) => placed(message, remedy));
    throw new InvalidConfigurationError(resolve(policy), faults, 'the candidate');
  }
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
