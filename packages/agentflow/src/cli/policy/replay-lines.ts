import type { ReplayReport } from '@agentflow/authorization/inspection';

/** More are not shown; a program asks for JSON. */
const maxShown = 20;

/** What a candidate would have answered to what was asked, as lines for a person. */
export function replayLines(report: ReplayReport, days: number): readonly string[] {
  const { decisions, replayed, by_roles: byRoles, by_claims: byClaims, gained, lost, changes } = report;
  const rows = changes.slice(0, maxShown).map(({ kind, who, does, on, times }) => {
    const what = `${who}: ${does}${on === null ? '' : ` on ${on}`}`;
    return `  ${kind === 'gain' ? 'gains' : 'loses'}  ${what}, asked ${times === 1 ? 'once' : `${times} times`}`;
  });
  return [
    `recorded in the last ${days === 1 ? 'day' : `${days} days`}: ${decisions} decisions by this policy, ${replayed} of them replayed`,
    ...rows,
    ...(changes.length > maxShown ? [`  … and ${changes.length - maxShown} more`] : []),
    `  ${gained} would be allowed that were denied, ${lost} denied that were allowed`,
    ...(byRoles > 0 ? [`  ${byRoles} depend on roles of the credential, which are not recorded`] : []),
    ...(byClaims > 0 ? [`  ${byClaims} may depend on claims, which are not recorded`] : []),
  ];
}
