/* The tables of people: who signs in here, what they were given, and what was taken back. As those in `schema.ts`. */

/** People who sign in here. */
export interface UserTable {
  user_id: string;
  tenant: string;
  username: string;
  /** By which it is there once, however it is spelled. */
  username_key: string;
  /** A JSON list. */
  roles: string;
  password_hash: string | null;
  password_changed_at: number | null;
  disabled_at: number | null;
  signed_in_at: number | null;
  created_at: number;
  updated_at: number;
}

/** Sessions that have not been ended. */
export interface SessionTable {
  family_id: string;
  session_id: string;
  tenant: string;
  realm: string;
  subject: string;
  /** A JSON object. */
  vouched: string;
  via: string;
  generation: number;
  rotated_at: number;
  rotated_by: string;
  salt: Uint8Array;
  pepper_id: string;
  created_at: number;
  last_used_at: number;
  idle_until: number;
  expires_at: number;
  address: string | null;
  user_agent: string | null;
}

/** Keys that sign access tokens. */
export interface SigningKeyTable {
  number: number;
  key_id: string;
  algorithm: string;
  sealed: Uint8Array;
  pepper_id: string;
  created_at: number;
}

export interface RevocationTable {
  sequence: number;
  kind: 'credential' | 'session' | 'signing-key' | 'principal';
  /** A JSON list of what names it. */
  key: string;
  issued_before: number | null;
  /** Null where it is for good. */
  expires_at: number | null;
}
