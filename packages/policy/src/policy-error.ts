/** What is wrong with a line of a model or of a policy. Lines are counted from 1. */
export interface PolicyFault {
  readonly line?: number | undefined;
  readonly message: string;
  readonly remedy: string;
}

/** A model or a policy that is refused, with all that is wrong with it. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly faults: readonly PolicyFault[];
  constructor(faults: readonly PolicyFault[]) {
    super(faults.map(({ line, message }) => (line === undefined ? message : `line ${line}: ${message}`)).join('\n'));
    this.faults = faults;
  }
}
