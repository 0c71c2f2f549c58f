import { bearerProtocols, ticketProtocol } from '@agentflow/protocol';
import { BadRequestError } from '../../errors.js';

/** What a client says in the places that only a WebSocket has. */
export interface SocketOffer {
  /** The sub-protocol that it is told. */
  readonly protocol: string | undefined;
  /** Opens this one socket, for whoever has asked for it. */
  readonly ticket: string | undefined;
}

const protocolField = 'sec-websocket-protocol';
const parameter = 'token';

/**
 * Reads the sub-protocols, in which browsers put what they cannot put into a header field (contract 4.6). A token goes where it would
 * stand otherwise, so that every backend finds it there; the sub-protocols go no further.
 * @param tokens of the query, where the configuration lets them stand there
 * @throws {BadRequestError} if two credentials differ, or what is offered is not of the form that one has
 */
export function readOffer(
  headers: ReadonlyMap<string, string>,
  tokens: readonly string[],
): { readonly headers: ReadonlyMap<string, string>; readonly offer: SocketOffer } {
  const [protocol, credential] = readProtocols(headers.get(protocolField));
  const isTicket = protocol === ticketProtocol;
  const bearer = [...tokens, ...(isTicket || credential === undefined ? [] : [credential])];
  const fields = new Map(headers);
  fields.delete(protocolField);
  for (const token of bearer) {
    if (!tokenForm.test(token)) throw new BadRequestError('A token has no spaces and no control characters.');
    const given = fields.get('authorization');
    if (given !== undefined && !isBearer(given, token)) throw twoCredentials();
    fields.set('authorization', `Bearer ${token}`);
  }
  if (isTicket && fields.has('authorization')) throw twoCredentials();
  return { headers: fields, offer: { protocol, ticket: isTicket ? (credential ?? '') : undefined } };
}

/** What a header field can carry. */
const tokenForm = /^[\x21-\x7e]+$/;

// RFC 6455 §4.1, point 10: tokens.
const list = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*,[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+)*$/;

/** The first, if it is one of ours, and what stands after it. Of others we speak none. */
function readProtocols(value: string | undefined): readonly [protocol?: string, credential?: string] {
  if (value === undefined) return [];
  const offered = value.split(',').map((one) => one.trim());
  if (!list.test(value) || new Set(offered).size !== offered.length) {
    throw new BadRequestError('The header "sec-websocket-protocol" is not a list of different names.');
  }
  const [first = '', credential, ...more] = offered;
  if (first !== ticketProtocol && !bearerProtocols.includes(first)) return [];
  if (more.length > 0)
    throw new BadRequestError(`After the sub-protocol ${first} stands its credential, and nothing else.`);
  return credential === undefined ? [first] : [first, credential];
}

function isBearer(field: string, token: string): boolean {
  return /^bearer +(.*)$/i.exec(field)?.[1] === token;
}

function twoCredentials(): BadRequestError {
  return new BadRequestError('The request carries more than one credential; it may carry one.');
}

/** Takes `?token=` out of a request-target, so that nothing which sees the target sees a credential. */
export function takeTokens(target: string): { readonly target: string; readonly tokens: readonly string[] } {
  const queryStart = target.indexOf('?');
  if (queryStart === -1) return { target, tokens: [] };
  const query = new URLSearchParams(target.slice(queryStart + 1));
  const tokens = [...new Set(query.getAll(parameter))];
  if (tokens.length === 0) return { target, tokens };
  query.delete(parameter);
  const path = target.slice(0, queryStart);
  return { target: query.size === 0 ? path : `${path}?${query.toString()}`, tokens };
}
