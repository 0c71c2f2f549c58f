/** A line of a policy: a rule (`p`), or a link (`g`): who has which role. */
export interface PolicyLine {
  /** `p`, `g`, `g2`, … */
  readonly key: string;
  readonly values: readonly string[];
  /** Where it stands, counted from 1; absent where a policy does not come from a text. */
  readonly line?: number | undefined;
}

/** A rule in its place. */
export interface Rule {
  readonly values: readonly string[];
  readonly effect: 'allow' | 'deny';
  readonly line: number | undefined;
  /** Of a model with priorities: the lowest decides. */
  readonly priority: number;
  /** Grows from rule to rule, in the order of the policy. */
  readonly position: number;
}

/** The same for rules with the same values, of which none holds a control character. */
export function keyOf({ values }: Rule): string {
  return values.join('\0');
}
