import type { Permission } from '@agentflow/protocol';
import { formatTime } from '../../clock.js';
import type { GraphRuntime } from '../../graph-runtime.js';
import { ownerOfUser, type UserCompanion } from '../../identity/user-administration.js';
import { localRealm, type OwnerKey } from '../../principal.js';
import type { FileStore } from '../../stores/file-store.js';
import type { MemoryStore } from '../../stores/memory-store.js';
import type { Page, PagePosition } from '../../stores/page.js';
import type { Thread, ThreadStore } from '../../stores/thread-store.js';
import type { StoredUser, UserStore } from '../../stores/user-store.js';
import type { AccessLease } from '../lease/access-lease.js';
import type { Call, Handlers } from './call.js';
import { type JsonText, jsonList, jsonObject, jsonValue, toPieces } from './json-pieces.js';
import type { LoginParts } from './sign-in.js';
import { switchedOff } from './switched-off.js';
import { underLease } from './under-lease.js';
import { findUser, toResource } from './users.js';
import { whileRead } from './while-read.js';

export interface ExportParts {
  readonly login?: LoginParts | undefined;
  readonly stores: { readonly users: UserStore };
  readonly threads: ThreadStore;
  readonly memories: MemoryStore;
  readonly files: FileStore;
  readonly runtime: GraphRuntime;
  /**
   * Counts an export of what is kept of somebody, until the function that it returns is called.
   * @throws {RequestError} 429
   */
  readonly enterExport: (owner: OwnerKey) => () => void;
}

/** Of how many at once: each may be as large as a request. */
const pageSize = 5;

/** Of files, of which only the rows are read. */
const filePageSize = 1000;

/** How long a reader may take over one piece. */
const readMilliseconds = 30_000;

/** What could be read of it one by one. */
const exported = [
  'checkpointer:read',
  'store:read',
  'files:read',
  'api-key:read',
] as const satisfies readonly Permission[];

/** `GET /v1/users/{user_id}/export`: what is kept of somebody, for themselves or for who may read users. */
export function createExportHandlers({
  login,
  stores,
  enterExport,
  ...parts
}: ExportParts): Pick<Handlers, 'exportUser'> {
  if (login === undefined) return switchedOff('exportUser');
  return {
    exportUser: async (call) => {
      if (isOneself(call)) requireScopes(call);
      else await call.requireOn('user:read', call.parameters['user_id'] ?? '');
      const user = await findUser(call, stores.users);
      const owner = ownerOfUser(user);
      const pieces = toPieces(exportAll({ user, owner, login, ...parts }));
      const leave = enterExport(owner);
      const held = whileHeld(
        leave,
        underLease(() => openLease(call), pieces),
      );
      return { kind: 'document', pieces: whileRead(held, readMilliseconds), giveUp: leave };
    },
  };
}

/** Whoever exports another must still be allowed to read them. */
function openLease(call: Call): AccessLease {
  const lease = call.openLease();
  if (!isOneself(call)) lease.require(() => call.requireOn('user:read', call.parameters['user_id'] ?? ''));
  return lease;
}

async function* whileHeld(
  leave: () => void,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* pieces;
  } finally {
    leave();
  }
}

function isOneself({ owner, parameters, caller }: Call): boolean {
  // Whoever acts for somebody may use what is theirs, and not carry all of it away.
  return owner.realm === localRealm && owner.subject === parameters['user_id'] && caller.principal.actor === undefined;
}

/**
 * A credential that was made for less gets no more by asking for all at once.
 * @throws {AccessDeniedError}
 */
function requireScopes(call: Call): void {
  if (call.hasScopeFor('user:read')) return;
  const lacking = exported.find((permission) => !call.hasScopeFor(permission));
  if (lacking !== undefined) call.refuse(lacking, 'the scopes of the credential do not include all that is exported');
}

interface Exported extends Omit<ExportParts, 'stores' | 'enterExport'> {
  readonly user: StoredUser;
  readonly owner: OwnerKey;
  readonly login: LoginParts;
}

function exportAll({ user, owner, login, ...parts }: Exported): JsonText {
  return jsonObject([
    ['user', jsonValue(() => toResource(user))],
    ['threads', jsonList(exportThreads(owner, parts))],
    ['memories', jsonList(exportMemories(owner, parts))],
    ['files', jsonList(exportFiles(owner, parts))],
    ['sessions', jsonValue(() => exportSessions(owner, login))],
    ...login.companions.flatMap((companion) => exportCompanion(owner, companion)),
  ]);
}

async function* exportThreads(owner: OwnerKey, { threads, runtime }: Pick<Exported, 'threads' | 'runtime'>) {
  const all = eachOf<Thread>(
    (page) => threads.list(owner, { ...page, search: '' }),
    ({ updatedAt, uuid }) => ({ time: updatedAt, id: uuid }),
    pageSize,
  );
  for await (const { uuid, threadId, name, metadata, createdAt, updatedAt } of all) {
    const times = { createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) };
    const messages = (await runtime.readState(uuid))?.context ?? [];
    yield jsonObject([
      ...Object.entries({ id: threadId, name, metadata, ...times }).map(toMember),
      ['messages', jsonList(messages.map((message) => jsonValue(() => message)))],
    ]);
  }
}

function toMember([name, value]: readonly [string, unknown]): readonly [string, JsonText] {
  return [name, jsonValue(() => value)];
}

async function* exportMemories(owner: OwnerKey, { memories }: Pick<Exported, 'memories'>) {
  const query = { namespacePrefix: [], text: '', conditions: [], minimumScore: 0, order: 'time' } as const;
  const all = eachOf(
    (page) => memories.of(owner).search({ ...query, ...page }),
    ({ updatedAt, memoryId }) => ({ time: updatedAt, id: memoryId }),
    pageSize,
  );
  for await (const { memoryId: id, namespace, key, value, createdAt, updatedAt } of all) {
    const times = { createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) };
    yield jsonValue(() => ({ id, path: [...namespace, key], value, ...times }));
  }
}

async function* exportFiles(owner: OwnerKey, { files }: Pick<Exported, 'files'>) {
  const all = eachOf(
    (page) => files.list(owner, page),
    ({ createdAt, fileId }) => ({ time: createdAt, id: fileId }),
    filePageSize,
  );
  for await (const { fileId: id, filename, mimeType, sizeBytes, sha256, createdAt } of all) {
    yield jsonValue(() => ({ id, filename, mimeType, sizeBytes, sha256, createdAt: formatTime(createdAt) }));
  }
}

async function exportSessions(owner: OwnerKey, { sessions }: LoginParts) {
  const all = await sessions.list(owner);
  return all.map(({ sessionId: id, via, createdAt, lastUsedAt, address, userAgent }) => ({
    ...{ id, via, createdAt: formatTime(createdAt), lastUsedAt: formatTime(lastUsedAt) },
    ...{ address: address ?? null, userAgent: userAgent ?? null },
  }));
}

function exportCompanion(owner: OwnerKey, companion: UserCompanion): readonly (readonly [string, JsonText])[] {
  return companion.export === undefined ? [] : [[companion.name, jsonValue(() => companion.export?.(owner))]];
}

async function* eachOf<T>(
  read: (page: Page) => Promise<readonly T[]>,
  positionOf: (item: T) => PagePosition,
  limit: number,
): AsyncGenerator<T, void, undefined> {
  let after: PagePosition | undefined;
  for (;;) {
    const found = await read({ offset: 0, limit, after });
    yield* found;
    const last = found.at(-1);
    if (last === undefined || found.length < limit) return;
    after = positionOf(last);
  }
}
