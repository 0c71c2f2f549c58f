import type { Permission, ThreadAccess } from '@agentflow/protocol';
import { NotFoundError, RequestError } from '../../errors.js';
import type { GrantStore } from '../../stores/grant-store.js';
import type { Thread, ThreadStore } from '../../stores/thread-store.js';
import type { Call } from './call.js';

/** A thread, and how the caller comes to it. */
export interface ReachedThread {
  readonly thread: Thread;
  readonly isOwn: boolean;
  /** What its owner shares it with the caller for; undefined where the caller is the owner, or an administrator alone. */
  readonly shared: ThreadAccess | undefined;
}

export interface ReachParts {
  readonly threads: ThreadStore;
  readonly grants: GrantStore;
}

/** What a caller wants of a thread. Its owner may all of it; `administer` is for nobody else but administrators. */
export type ThreadUse = 'read' | 'write' | 'administer';

/**
 * The thread that a call is about: the caller's own by the id that they gave it; else, by the uuid that it has inside, one of their
 * tenant that its owner shares with them, or any where the configuration lets them see what is others'. Undefined for an
 * unused id and for another's thread alike.
 */
export async function reachThread(parts: ReachParts, call: Call, id: string): Promise<ReachedThread | undefined> {
  const own = await parts.threads.find(call.owner, id);
  return own === undefined ? reachOthers(parts, call, id) : { thread: own, isOwn: true, shared: undefined };
}

/** Somebody else's thread alone. Each time the grants, and the roles of the caller, are looked at anew. */
export async function reachOthers(
  { threads, grants }: ReachParts,
  call: Call,
  id: string,
): Promise<ReachedThread | undefined> {
  if (!mayBeOthers(id)) return undefined;
  const { owner } = call;
  const found = await grants.findShared({ owner, roles: await call.roles() }, id);
  if (found !== undefined) return { thread: found.thread, isOwn: false, shared: found.access };
  const seen = call.reachesTenant() ? await threads.findInTenant(owner.tenant, id) : undefined;
  return seen && { thread: seen, isOwn: false, shared: undefined };
}

/** Others' threads are known by their uuid alone: no other id is looked for among them. */
export function mayBeOthers(id: string): boolean {
  return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(id);
}

/**
 * Lets a caller go on with a thread that they have reached.
 * @throws {AccessDeniedError} where it is shared with them for less than this: that it exists, they know
 */
export function requireUse(call: Call, { isOwn, shared }: ReachedThread, use: ThreadUse, permission: Permission): void {
  if (isOwn || use === 'read' || call.reachesTenant()) return;
  if (shared === 'write' && use === 'write') return;
  call.refuse(permission, `the thread is shared with them only to ${shared}`);
}

/**
 * Lets only those speak in a thread whose it is, or to whom its owner has given it to write.
 * @throws {AccessDeniedError}
 * @throws {RequestError} CONFLICT where an administrator means somebody else's: to write there would be to speak in their name,
 *   and a thread of one's own under that id would hide it
 */
export function requireSpeaker(call: Call, reached: ReachedThread): void {
  requireUse(call, reached, 'write', 'checkpointer:write');
  if (reached.isOwn || reached.shared === 'write') return;
  throw new RequestError('CONFLICT', { message: 'This is the thread of somebody else: only its owner speaks there.' });
}

export function threadNotFound(): NotFoundError {
  return new NotFoundError(noSuchThread);
}

/** The same to the caller: a thread that was shared when they came. */
export function sharedNoMore(): RequestError {
  return new RequestError('NOT_FOUND', { message: noSuchThread, reason: 'the thread was not shared any more' });
}

const noSuchThread = 'There is no such thread.';
