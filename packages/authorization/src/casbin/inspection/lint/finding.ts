/** Something in a policy that is not wrong, and that an operator should look at. */
export interface Finding {
  readonly kind: 'duplicate' | 'unreachable' | 'not-compared' | 'nobody-has' | 'gives-nothing' | 'nobody-is' | 'open';
  /** `policy.csv:3` */
  readonly place: string;
  /** The line as it stands there. */
  readonly rule: string;
  /** What of it, in one sentence. */
  readonly message: string;
}
