/** Where the program speaks to its operator. No credential, no secret and no body ever goes in. */
export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
