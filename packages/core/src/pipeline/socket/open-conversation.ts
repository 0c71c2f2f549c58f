import { ownerOf } from '../../principal.js';
import type { TicketStore } from '../../stores/ticket-store.js';
import { type RequestRecord, writeAuditEvent } from '../audit/audit.js';
import type { AnsweringParts } from '../authorize-and-handle.js';
import type { Presented } from '../lease/access-lease.js';
import type { Conversation } from './connection.js';
import type { OpenSockets, SocketCaps } from './open-sockets.js';
import { toKnownError } from './socket-texts.js';
import { Talk } from './talk.js';

export interface SocketLimits extends SocketCaps {
  /** How often a client is asked whether it is still there. */
  readonly pingMilliseconds: number;
  /** How long it may say nothing, without a run; 0 for as long as it likes. */
  readonly idleMilliseconds: number;
}

export interface SocketParts {
  readonly tickets: TicketStore;
  readonly open: OpenSockets;
  readonly limits: SocketLimits;
}

export interface ConversationParts extends Omit<AnsweringParts, 'authorize'> {
  readonly sockets: SocketParts;
  readonly maxFrameBytes: number;
}

/**
 * What happens on a socket that was let be opened. It is counted from now on, until it is held no more.
 * @throws {RequestError} where there are as many as there may be
 */
export function openConversation(
  presented: Presented | null,
  record: RequestRecord,
  { sockets, maxFrameBytes, ...parts }: ConversationParts,
): Conversation {
  const { access } = record;
  if (presented === null || access === undefined) throw new Error('a socket that was not decided about');
  const { tickets, open, limits } = sockets;
  const leave = open.enter(ownerOf(presented.caller.principal), limits);
  const { audit } = parts;
  let talk: Talk | undefined;
  let isRetired = false;
  return {
    protocol: presented.request.offer?.protocol,
    maxFrameBytes,
    pingMilliseconds: limits.pingMilliseconds,
    async hold(connection) {
      writeAuditEvent(record, 'socket-opened', 101, audit);
      try {
        if (connection === undefined) return;
        const { idleMilliseconds } = limits;
        talk = new Talk({ ...parts, presented, access, tickets, idleMilliseconds, socket: record }, connection);
        if (isRetired) talk.retire();
        await talk.hold();
      } catch (error) {
        record.error ??= toKnownError(error);
        audit.log.error({ requestId: record.id, error }, 'a socket failed');
      } finally {
        leave();
        record.detail = { close_code: connection?.closing()?.code ?? null };
        writeAuditEvent(record, 'socket-closed', 101, audit);
      }
      await talk?.settled();
    },
    retire() {
      isRetired = true;
      talk?.retire();
    },
  };
}
