import type { JsonObject } from '@agentflow/protocol';
import { ValidationError } from '../../errors.js';
import { DeliveryContentError, type Webhooks } from '../../webhooks.js';
import { notSigned } from '../authenticate/authenticate-signed.js';
import type { Caller, RequestView } from '../request.js';
import { parseJsonBody, readBytes, tooLarge } from './read-body.js';

/**
 * Who has signed a body is known once it has been read. So that strangers cannot make the server read for nothing, header fields that are
 * no signature of about now are refused before, and the cap is small. Returns the request with what was read, or as it is where the route
 * is not signed.
 * @throws {UnauthenticatedError} {@link RequestError} 408 or 413
 */
export async function readSigned(request: RequestView, webhooks: Webhooks | undefined): Promise<RequestView> {
  const { match, transport, headers } = request;
  if (match.kind !== 'found' || !('signed' in match.route)) return request;
  if (webhooks === undefined) throw notSigned(webhooks, 'there are no webhooks');
  // A handshake has no body (RFC 6455 §4.1), and its client would wait for somebody to read it.
  if (transport === 'websocket') throw notSigned(webhooks, 'no WebSocket is opened there');
  const refused = webhooks.precheck(headers);
  if (refused !== undefined) throw notSigned(webhooks, refused.reason);
  return { ...request, signedBody: await readBytes(request, webhooks.maxBodyBytes) };
}

/**
 * What a delivery asks for, as the body of a run. The payload becomes what the user says, and perhaps the name of a thread; nothing else of
 * the run is the sender's.
 * @throws {RequestError} 400, 413, 415 or 422
 */
export function readDelivery(request: RequestView, caller: Caller | null): JsonObject {
  const { signedBody: bytes } = request;
  const delivery = caller?.delivery;
  if (bytes === undefined || delivery === undefined)
    throw new Error('a route that is signed was reached without a signature');
  if (bytes.byteLength > delivery.maxBodyBytes) throw tooLarge(delivery.maxBodyBytes);
  const payload = parseJsonBody(request, bytes);
  try {
    const { input, threadId } = delivery.read(payload, Buffer.from(bytes).toString('utf8'));
    const metadata = { webhook: delivery.hook, delivery: delivery.label };
    return {
      messages: [{ role: 'user', content: input, metadata }],
      config: threadId === undefined ? {} : { thread_id: threadId },
      // Whether the sender waits for the answer changes nothing about the run: they come again where they did not get it.
      on_disconnect: 'continue',
    };
  } catch (error) {
    if (!(error instanceof DeliveryContentError)) throw error;
    throw new ValidationError([{ loc: ['body'], msg: error.message, type: 'webhook_content' }]);
  }
}
