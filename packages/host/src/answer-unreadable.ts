import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type AuditSink, type Clock, formatTime, type Log, standingHeaders } from '@agentflow/core';
import { type ErrorCode, errorCodes, formatErrorBody } from '@agentflow/protocol';
import { normalizeAddress } from './application.js';

const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

export interface UnreadableParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: AuditSink;
}

/**
 * What is not HTTP, or two requests that could be read as one, never reaches the pipeline (RFC 9112 §11.2). It is answered and
 * audited here; nobody knows for whom a proxy had forwarded it, so the address is the peer's.
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, parts: UnreadableParts): void {
  // A connection that is refused with bytes still to come is told once.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = codes[error.code ?? ''] ?? 'BAD_REQUEST';
  const requestId = randomUUID();
  const now = formatTime(parts.clock.now());
  const body = JSON.stringify(formatErrorBody({ code }, requestId, now));
  const { status, title } = errorCodes[code];
  const isEncrypted = 'encrypted' in socket && socket.encrypted === true;
  const headers = {
    ...standingHeaders(requestId, isEncrypted),
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${fields.join('')}\r\n${body}`);
  try {
    parts.audit.write({
      ...{ time: now, requestId, event: 'request', route: null, method: '(none)', path: '(none)' },
      address: normalizeAddress(socket.remoteAddress ?? ''),
      ...{ principal: null, actors: [], authenticatedBy: null, resource: null, action: null, resourceId: null },
      ...{ outcome: 'refused', status, code, policyId: null, detail: null, durationMilliseconds: 0 },
      reason: `what arrived is not an HTTP request (${error.code ?? 'unknown error'})`,
    });
  } catch (sinkError) {
    parts.log.error({ requestId, error: sinkError }, 'the audit sink threw');
  }
}
