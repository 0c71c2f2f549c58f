import type { Route } from '@agentflow/protocol';
import { BadRequestError, UpgradeRequiredError } from '../../errors.js';
import type { RequestView } from '../request.js';

// RFC 6455 §4.2.1, point 5: 16 bytes in base64.
const keyForm = /^[+/0-9A-Za-z]{22}==$/;
const version = '13';

/**
 * A socket is opened by a WebSocket handshake, and nothing else is.
 * @throws {UpgradeRequiredError} for a socket that is asked for otherwise, or in another version
 * @throws {BadRequestError} for a handshake that is none, or leads to where no socket is
 */
export function requireHandshake({ transport, method, headers }: RequestView, { answer }: Route): void {
  if (answer !== 'socket') {
    if (transport !== 'websocket') return;
    throw new BadRequestError('There is no WebSocket at this address: ask without an upgrade.');
  }
  const isUpgrade = transport === 'websocket' && method === 'GET';
  if (!isUpgrade || headers.get('sec-websocket-version') !== version) throw new UpgradeRequiredError();
  if (!keyForm.test(headers.get('sec-websocket-key') ?? '')) {
    throw new BadRequestError('The header "sec-websocket-key" is not 16 bytes in base64.');
  }
  // What comes after the header is frames, and could be read as a body by whoever stands in between.
  if ((headers.get('content-length') ?? '0') !== '0' || headers.has('transfer-encoding')) {
    throw new BadRequestError('A WebSocket handshake has no body.');
  }
}
