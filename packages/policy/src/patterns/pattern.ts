/** A pattern that a rule holds, read once. Matching takes time linear in the text, whatever the pattern. */
export interface Pattern {
  /** Every text that matches begins with this: what an index may rely on. Empty where nothing is known. */
  readonly prefix: string;
  matches(text: string): boolean;
}

/** @throws {PatternError} if it cannot be matched in linear time, or means nothing */
export type ReadPattern = (pattern: string) => Pattern;

/** A pattern that is refused, with what to write instead. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}
