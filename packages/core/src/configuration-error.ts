/** One fault of the configuration: what is wrong, where, and what to do about it. Never repeats a secret. */
export interface ConfigurationFault {
  /** Path of the key in the file; empty where the fault is not in the file. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly remedy: string;
}

/** The configuration cannot be served. Thrown at start, and where it is read anew. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly faults: readonly ConfigurationFault[];

  constructor(faults: readonly ConfigurationFault[], options?: ErrorOptions) {
    super(faults.map(({ message }) => message).join('\n'), options);
    this.faults = faults;
  }
}
