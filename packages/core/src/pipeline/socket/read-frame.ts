import { BadRequestError, ValidationError } from '../../errors.js';
import { parseStrictJson, StrictJsonError } from '../../strict-json.js';

/** What a client asks on an open socket (contract 1.4). */
export type ClientFrame =
  /** `body` is what `POST /v1/graph/stream` takes. */
  | { readonly kind: 'run'; readonly body: Readonly<Record<string, unknown>>; readonly isResume: boolean }
  | { readonly kind: 'authenticate'; readonly by: 'token' | 'ticket'; readonly credential: string }
  | { readonly kind: 'stop' };

type Fields = Readonly<Record<string, unknown>>;

/** Whatever text is a token elsewhere, it goes into a header field. */
const credentialForm = /^[\x21-\x7e]{1,16384}$/;

/**
 * Reads a frame as strictly as a body; members that nobody knows are passed over, as there.
 * @throws {BadRequestError} if it is no JSON object
 * @throws {ValidationError} if it asks for nothing that there is
 */
export function readFrame(text: string): ClientFrame {
  const { type, invoke_type: invokeType, tool_result: toolResult, ...rest } = parseObject(text);
  switch (type) {
    case undefined:
    case null:
      return readRun(rest, invokeType ?? 'fresh', toolResult);
    case 'stop':
      return { kind: 'stop' };
    case 'authenticate':
      return readAuthenticate(rest);
    default:
      throw invalid('type', 'must be "authenticate" or "stop", or absent for a run');
  }
}

function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (error) {
    if (error instanceof StrictJsonError) throw new BadRequestError(`The frame cannot be read: ${error.message}.`);
    throw error;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new BadRequestError('A frame must be a JSON object.');
}

function readRun({ resume, ...rest }: Fields, invokeType: unknown, toolResult: unknown): ClientFrame {
  if (invokeType === 'fresh') {
    if (resume !== undefined && resume !== null) throw invalid('resume', 'goes with invoke_type "resume"');
    return { kind: 'run', body: rest, isResume: false };
  }
  if (invokeType !== 'resume') throw invalid('invoke_type', 'must be "fresh" or "resume"');
  const { messages: _unread, ...answered } = rest;
  if (toolResult === undefined || toolResult === null) {
    if (resume === undefined) throw invalid('tool_result', 'must hold a message, or "resume" an answer');
    return { kind: 'run', body: { ...answered, resume }, isResume: true };
  }
  if (resume !== undefined && resume !== null) throw invalid('resume', 'cannot come with tool_result');
  if (!Array.isArray(toolResult) || toolResult.length === 0) throw invalid('tool_result', 'must hold a message');
  return { kind: 'run', body: { ...answered, messages: toolResult }, isResume: true };
}

function readAuthenticate({ token, ticket }: Fields): ClientFrame {
  const [by, credential] = token === undefined ? (['ticket', ticket] as const) : (['token', token] as const);
  if (token !== undefined && ticket !== undefined) throw invalid('ticket', 'cannot come with a token');
  if (typeof credential !== 'string' || !credentialForm.test(credential)) {
    throw invalid(by, 'must be a text without spaces');
  }
  return { kind: 'authenticate', by, credential };
}

function invalid(member: string, msg: string): ValidationError {
  return new ValidationError([{ loc: ['body', member], msg, type: 'frame' }]);
}
