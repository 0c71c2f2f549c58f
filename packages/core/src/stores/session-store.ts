import type { JsonObject } from '@agentflow/protocol';
import type { OwnerKey, TenantId } from '../principal.js';
import type { PagePosition } from './page.js';

/** A session that has not been ended. What has ended has no row. Times in milliseconds since the epoch. */
export interface StoredSession {
  /**
   * What its refresh tokens name, from beginning to end. Nobody outside learns anything by it.
   */
  readonly familyId: string;
  /** What its access tokens name. Another one where what they say holds no more: see `UserStore.update`. */
  readonly sessionId: string;
  readonly owner: OwnerKey;
  /**
   * What a provider has said when it began: its claims, and not what the configuration makes of them. Empty for a user of ours, whose own
   * row counts.
   */
  readonly vouched: JsonObject;
  /** How it began: `password`, or the provider's name. */
  readonly via: string;
  /** Of which of its refresh tokens the next one comes. */
  readonly generation: number;
  /** When it came to that one. */
  readonly rotatedAt: number;
  /** Who has brought that about: a digest of what is known of the client. */
  readonly rotatedBy: string;
  /** Goes into each of its refresh tokens, and out of the database nowhere. */
  readonly salt: Uint8Array;
  /** Of the pepper that its refresh tokens are made with. */
  readonly pepperId: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** When it ends if it is not used. */
  readonly idleUntil: number;
  /** When it ends, however much it is used. */
  readonly expiresAt: number;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

/** What is told of a session to its owner: neither what its tokens are made of, nor what a provider has said. */
export type ListedSession = Pick<
  StoredSession,
  'sessionId' | 'via' | 'createdAt' | 'lastUsedAt' | 'idleUntil' | 'expiresAt' | 'address' | 'userAgent'
>;

/** Likewise, to an administrator or an operator. */
export type OwnedSession = ListedSession & Pick<StoredSession, 'owner'>;

export interface SessionPage {
  readonly limit: number;
  readonly after?: PagePosition | undefined;
  /** Only theirs, in whichever realm. */
  readonly subject?: string | undefined;
}

/** How a session is used: by whom, and until when it then lasts. */
export interface SessionUse {
  readonly rotatedBy: string;
  readonly idleUntil: number;
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

export interface SessionStore {
  /** Those that have run out so long ago that no access token of theirs can count are removed by the way. */
  add(session: StoredSession): Promise<void>;
  /** Also one that has run out, while it is there. */
  findFamily(familyId: string): Promise<StoredSession | undefined>;
  /**
   * From a generation to the next, if it is still at that one, has the same id and has not run out: in one statement, so that of all who try
   * at once, in whichever process, one succeeds.
   */
  advance(
    session: Pick<StoredSession, 'familyId' | 'sessionId' | 'generation'>,
    use: SessionUse,
  ): Promise<StoredSession | undefined>;
  /** Those that have not run out, or had not at the time `since`; the latest used first. */
  list(owner: OwnerKey, since?: number): Promise<readonly ListedSession[]>;
  /** Those of everybody in a tenant that have not run out; the latest begun first. */
  listIn(tenant: TenantId, page: SessionPage): Promise<readonly OwnedSession[]>;
  /** Likewise everybody's in all of them. */
  listAll(page: Omit<SessionPage, 'subject'>): Promise<readonly OwnedSession[]>;
  /** Whose the session is, within a tenant; also of one that has run out, while it is there. */
  findOwner(tenant: TenantId, sessionId: string): Promise<OwnerKey | undefined>;
  /** The session ids of all that are neither `beside` nor of the `kept` others of the owner that were used last. */
  listSurplus(owner: OwnerKey, room: { readonly beside: string; readonly kept: number }): Promise<readonly string[]>;
  /** The owner's, by their session ids, however many. How many there were. */
  delete(owner: OwnerKey, sessionIds: readonly string[]): Promise<number>;
  /** The session id that it had; undefined where there was none. */
  deleteFamily(familyId: string): Promise<string | undefined>;
}
