/** A public key that is not taken. The message goes on after the key's name: "is a private key". Repeats nothing of it. */
export class UnusableKeyError extends Error {
  override readonly name = 'UnusableKeyError';
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}
