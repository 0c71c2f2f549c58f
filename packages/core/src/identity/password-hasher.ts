/** Slow hashes of passwords. At most so many at once as the machine can do beside everything else: what is too much is refused at once. */
export interface PasswordHasher {
  /**
   * In PHC's form.
   * @throws {UnavailableError} where too many wait
   */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is that of the hash. Without one: false, after the same work.
   * @throws {UnavailableError} where too many wait
   */
  verify(hash: string | undefined, password: string): Promise<boolean>;
  /**
   * Before anything is done for an attempt.
   * @throws {UnavailableError} where too many wait
   */
  requireRoom(): void;
  /** Whether a hash is weaker than those that are made now. */
  isOutdated(hash: string): boolean;
  /** Why this cannot be somebody's password; undefined where it can. */
  findFault(password: string, username: string): string | undefined;
}
