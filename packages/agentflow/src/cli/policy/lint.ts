import { resolve } from 'node:path';
import {
  checkInvariants,
  type Finding,
  type InspectedPolicy,
  type InvariantsReport,
  lintPolicy,
  readInvariants,
  whyLines,
} from '@agentflow/authorization/inspection';
import { exitCodes } from '../print-faults.js';
import { type CompanionFile, companionError, findCompanion } from './companion-file.js';
import { loadConfiguredPolicy, type PolicyOptions } from './configured-policy.js';
import { print, printJson } from './print.js';

export interface LintOptions extends PolicyOptions {
  readonly invariants?: string | undefined;
  readonly strict?: boolean | undefined;
}

/** Says what of a policy does nothing or too much; exit code 1 if an invariant fails, and by `--strict` for a warning too. */
export async function lint(options: LintOptions): Promise<void> {
  const { inspected, file, loaded, options: configured } = await loadConfiguredPolicy(options);
  const { invariants } = configured;
  const named = options.invariants ?? (invariants === undefined ? undefined : resolve(loaded.directory, invariants));
  const companion = findCompanion(file, named, 'policy.invariants.json');
  const checked = companion === undefined ? undefined : check(inspected, companion);
  const warnings = lintPolicy(inspected);
  const hasFailed = checked !== undefined && checked.failed.length > 0;
  if (hasFailed || (options.strict === true && warnings.length > 0)) process.exitCode = exitCodes.failure;
  if (options.json === true) {
    printJson({ warnings, invariants: checked ?? null });
    return;
  }
  print([
    ...warnings.flatMap(warningLines),
    ...(checked === undefined || companion === undefined ? [] : failures(checked, companion)),
    warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`,
    ...(checked === undefined ? [] : summary(checked)),
  ]);
}

function check(inspected: InspectedPolicy, companion: CompanionFile): InvariantsReport {
  const read = readInvariants(companion.value);
  if ('faults' in read) throw companionError(companion, read.faults);
  return checkInvariants(inspected, read.invariants);
}

function warningLines({ place, rule, message }: Finding): readonly string[] {
  return [`warning  ${place}  ${rule}`, `         ${message}`, ''];
}

function failures({ failed }: InvariantsReport, companion: CompanionFile): readonly string[] {
  return failed.flatMap(({ index, text, why, count, counter_example: example }) => {
    const { who, does, on, effect } = example;
    const may = effect === 'allow' ? 'may' : 'may not';
    const more = count === 1 ? '' : `, and ${count - 1} more like it`;
    return [
      `failed   ${companion.placeOf(index)}  ${text}`,
      ...(why === null ? [] : [`         because  ${why}`]),
      `         ${who} ${may} ${does}${on === null ? '' : ` on ${on}`}${more}`,
      ...whyLines(example).map((line) => `         ${line}`),
      '',
    ];
  });
}

function summary({ invariants, failed, askers, permissions, ids, tenants }: InvariantsReport): readonly string[] {
  const beside = [
    `${askers} askers`,
    `${permissions} permissions`,
    ...(ids > 1 ? [`${ids} ids`] : []),
    ...(tenants > 1 ? [`${tenants} tenants among them`] : []),
  ];
  return [
    `${invariants} invariant${invariants === 1 ? '' : 's'}, ${failed.length} failed`,
    `  Asked are ${beside.join(', ')}: every name of the policy as a role and as a principal, and one that it does not name.`,
    '  Not asked are several roles of one credential together, and claims.',
  ];
}
