/** Keys that the server makes for itself, one for each purpose; all processes of one database have the same. */
export interface ServerKeyStore {
  /** 32 bytes; made when they are first asked for. */
  obtain(purpose: string): Promise<Uint8Array>;
}
