/**
 * The other side did not answer, or not so that it can be believed. Says something about it and nothing about a token, and repeats nothing
 * of the answer, which may hold one.
 */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
  /** Nothing came back: whoever asks next will most likely wait for nothing, too. */
  readonly isAway: boolean;

  constructor(
    message: string,
    { isAway = false, cause }: { readonly isAway?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.isAway = isAway;
  }
}
