import type { DecisionReport, MatchReport, StepReport } from './decision-report.js';

/** More of each kind are not shown; a program asks for JSON. */
const maxShown = 5;

/** A report as lines for a person. */
export function writeDecision(report: DecisionReport): readonly string[] {
  const { effect, who, does, on } = report;
  const may = effect === 'allow' ? 'may' : 'may not';
  return [
    `${effect.padEnd(5)}  ${who} ${may} ${does}${on === null ? '' : ` on ${on}`}`,
    '',
    ...whyLines(report).map((line) => `  ${line}`),
  ];
}

/** Why it is so, without who and what. */
export function whyLines(report: DecisionReport): readonly string[] {
  const { decided_by: by, also_matched: others } = report;
  const lines = by === null ? [row('decided by', withoutRule(report))] : decidingLines(by);
  for (const [index, other] of others.slice(0, maxShown).entries()) {
    lines.push(row(index === 0 ? 'also' : '', `${ruleOf(other)}  ${alsoWords(other)}`));
  }
  if (others.length > maxShown) lines.push(row('', `… and ${others.length - maxShown} more that match`));
  return [...lines, ...missingLines(report)];
}

function decidingLines(by: MatchReport): string[] {
  const doubt = by.is_known ? '' : '  it denies because a claim that it asks for is missing';
  return [row('decided by', `${ruleOf(by)}${doubt}`), ...by.through.map((steps) => row('through', chainText(steps)))];
}

function withoutRule({ effect, also_matched: { length } }: DecisionReport): string {
  if (effect === 'allow') return 'the model itself, which looks at no rule for this';
  return length === 0 ? 'no rule allows it' : 'no rule that matches allows it';
}

function alsoWords({ effect, through }: MatchReport): string {
  const would = effect === 'allow' ? 'would allow it' : 'would deny it';
  const how = through.map(chainText).join('; ');
  return how === '' ? would : `${would}, through ${how}`;
}

function missingLines({ missing, missing_count: count }: DecisionReport): readonly string[] {
  const shown = missing.slice(0, maxShown);
  const width = Math.max(0, ...shown.map((one) => ruleOf(one).length));
  const lines = shown.map((one, index) =>
    row(index === 0 ? 'nearest' : '', `${ruleOf(one).padEnd(width)}  ${one.needs}`),
  );
  return count > maxShown ? [...lines, row('', `… and ${count - maxShown} more`)] : lines;
}

function ruleOf({ place, rule }: { readonly place: string; readonly rule: string }): string {
  return `${place}  ${rule}`;
}

/** What the lines of the policy have to do with it; empty where somebody carries the role that the rule is about. */
export function policyChains({ through }: MatchReport): string {
  const byPolicy = through.map((steps) => steps.filter(({ by }) => by !== 'credential'));
  return byPolicy
    .filter((steps) => steps.length > 0)
    .map(chainText)
    .join('; ');
}

/** `user:alice → editor (policy.csv:9) → viewer (credential)` */
function chainText(steps: readonly StepReport[]): string {
  return [steps[0]?.member ?? '', ...steps.map(({ role, by }) => `${role} (${by})`)].join(' → ');
}

function row(name: string, text: string): string {
  return `${name.padEnd(10)}  ${text}`;
}
