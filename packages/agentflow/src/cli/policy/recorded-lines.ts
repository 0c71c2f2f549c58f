import type { DifferencesReport, RecordedChange, ReplayReport } from '@agentflow/authorization/inspection';

/** More are not shown; a program asks for JSON. */
const maxShown = 20;
const maxOpenShown = 5;

/** What a candidate would have answered to what was asked, as lines for a person. */
export function replayLines(report: ReplayReport, label: string): readonly string[] {
  const { decisions, replayed, changes, open, by_roles: byRoles, by_claims: byClaims } = report;
  const { changed_since: changed, by_others: byOthers } = report;
  return [
    `${label}: ${decisions} decision${decisions === 1 ? '' : 's'} by this policy, ${replayed} of them replayed`,
    ...changeLines(changes),
    countsLine(report),
    ...note(byRoles, 'not replayed, because of roles that an older version has not recorded'),
    ...note(byClaims, 'not replayed, because of claims, which are not recorded'),
    ...open.slice(0, maxOpenShown).map((one) => `    ${askedLine(one)}`),
    ...(open.length > maxOpenShown ? [`    … and ${open.length - maxOpenShown} more`] : []),
    ...note(changed, 'answered otherwise by the policy of then than by that of now'),
    ...note(byOthers, 'not counted, because scopes, another backend or a route for everybody decided'),
  ];
}

/** Where a shadow thought otherwise, as lines for a person. */
export function differencesLines(
  report: DifferencesReport,
  label: string,
  wanted: string | undefined,
): readonly string[] {
  const { differences, candidates, changes } = report;
  const found = wanted ?? (candidates.length === 0 ? 'a shadow' : candidates.join(', '));
  const others = wanted === undefined ? [] : candidates.filter((name) => name !== wanted);
  return [
    `${label}: ${found} would have decided otherwise ${timesOf(differences)}`,
    ...changeLines(changes),
    ...(differences > 0 ? [countsLine(report)] : []),
    ...(differences === 0 && others.length > 0 ? [`  There is something recorded of ${others.join(', ')}.`] : []),
  ];
}

const words: Readonly<Record<RecordedChange['kind'], string>> = { gain: 'gains', loss: 'loses', other: 'other' };

function changeLines(changes: readonly RecordedChange[]): readonly string[] {
  const lines = changes.slice(0, maxShown).flatMap((change) => {
    const { kind, before, after } = change;
    return [
      `  ${words[kind]}  ${askedLine(change)}`,
      `         now   ${before.reason}`,
      `         then  ${after.reason}`,
    ];
  });
  return changes.length > maxShown ? [...lines, `  … and ${changes.length - maxShown} more`] : lines;
}

function askedLine({ who, does, on, many, times }: Pick<RecordedChange, 'who' | 'does' | 'on' | 'many' | 'times'>) {
  const what = many ? ' of all there are' : on === null ? '' : ` on ${on}`;
  return `${who}: ${does}${what}, asked ${timesOf(times)}`;
}

function countsLine({ gained, lost, other }: Pick<ReplayReport, 'gained' | 'lost' | 'other'>): string {
  const more = other > 0 ? `, ${other} would have been a list of others` : '';
  return `  ${gained} would have gained by it, ${lost} would have lost${more}`;
}

function note(count: number, which: string): readonly string[] {
  return count === 0 ? [] : [`  ${which}: ${count}`];
}

function timesOf(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
