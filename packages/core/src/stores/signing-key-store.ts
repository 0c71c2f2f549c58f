/** A key that signs access tokens. It can be read with the pepper alone. Times in milliseconds since the epoch. */
export interface StoredSigningKey {
  /** They are numbered from 1. */
  readonly number: number;
  readonly keyId: string;
  readonly algorithm: string;
  readonly sealed: Uint8Array;
  /** Of the pepper that it is sealed under. */
  readonly pepperId: string;
  readonly createdAt: number;
}

export interface SigningKeyStore {
  /** The oldest first. */
  list(): Promise<readonly StoredSigningKey[]>;
  /** Of those who add one with the same number at the same time, one succeeds. Whether it was this one. */
  add(key: StoredSigningKey): Promise<boolean>;
  delete(keyIds: readonly string[]): Promise<void>;
}
