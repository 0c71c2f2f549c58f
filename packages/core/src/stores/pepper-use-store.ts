/** What still counts and was made with one pepper. */
export interface PepperUse {
  readonly pepperId: string;
  readonly signingKeys: number;
  readonly sessions: number;
  readonly apiKeys: number;
}

export interface PepperUseStore {
  /** One for each pepper that anything was made with. Of the keys that sign, only the latest counts. */
  list(): Promise<readonly PepperUse[]>;
}
