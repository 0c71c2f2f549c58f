import { AgentFlowError } from '@agentflow/client';
import type { MeResponse } from '@agentflow/protocol';
import { now } from '../clock.js';

/** A failure, as the page tells it. */
export interface Refusal {
  /** What was tried: `List your threads`. */
  readonly tried: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** In a few words: `You may not`. */
  readonly title: string;
  readonly code: string;
  /** The server's own sentence. */
  readonly message: string;
  /** What it means. */
  readonly meaning: string;
  /** `graph:invoke`, where the server has named it. */
  readonly permission: string | undefined;
  /** How the server wants to be authenticated to. */
  readonly challenges: readonly string[];
  readonly requestId: string | undefined;
  readonly details: readonly string[];
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Who asked, as far as the page knows. */
export interface Asker {
  readonly me: MeResponse | undefined;
  readonly hasCredential: boolean;
  /** How they come in, where it is not by what they have brought along. */
  readonly by?: string | undefined;
}

export function readRefusal(error: unknown, tried: string, asker: Asker): Refusal {
  const time = now();
  if (!(error instanceof AgentFlowError)) {
    const message = error instanceof Error ? error.message : String(error);
    const meaning = 'This went wrong in the page itself.';
    return {
      ...{ tried, time, status: 0, title: 'It did not work', code: 'PAGE', message, meaning, permission: undefined },
      ...{ challenges: [], requestId: undefined, details: [] },
    };
  }
  const permission = missingPermission(error);
  return {
    ...{ tried, time, permission, status: error.status, code: error.code, message: error.message },
    title: titleOf(error),
    meaning: meaningOf(error, permission, asker),
    challenges: error.challenges.map(({ scheme, parameters }) => writeChallenge(scheme, parameters)),
    requestId: error.requestId === 'unknown' ? undefined : error.requestId,
    details: error.details.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`),
  };
}

const titles: Readonly<Record<number, string>> = {
  401: 'Who are you?',
  403: 'You may not',
  404: 'Not there, or not yours',
  409: 'Not now',
  422: 'Not understood',
  429: 'Too many',
  503: 'Not now',
};

function titleOf({ status, code }: AgentFlowError): string {
  if (status === 0) return isUnsent(code) ? 'Not sent' : 'No answer';
  return titles[status] ?? 'It did not work';
}

/** The client itself has refused to send it. */
function isUnsent(code: string): boolean {
  return code.startsWith('CREDENTIAL');
}

/** RFC 6750 §3.1 names it in the challenge; other schemes have no word for it, and the sentence has. */
function missingPermission({ status, challenges, message }: AgentFlowError): string | undefined {
  if (status !== 403) return undefined;
  const named = challenges.find(({ parameters }) => parameters['error'] === 'insufficient_scope');
  return named?.parameters['scope'] ?? /needs the permission ([\w-]+:[\w-]+)/.exec(message)?.[1];
}

function writeChallenge(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const written = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return [scheme, written.join(', ')].join(' ').trim();
}

function meaningOf(error: AgentFlowError, permission: string | undefined, asker: Asker): string {
  switch (error.status) {
    case 0:
      return isUnsent(error.code)
        ? 'Nothing was sent: what was typed cannot stand in a header.'
        : 'There was no answer, or not the whole of it. Is the server running?';
    case 401:
      if (error.code === 'SESSION_ENDED') return 'The session is over: signed out elsewhere, or ended by the server.';
      if (asker.by === 'password' && asker.me === undefined) {
        return 'The name or the password is wrong, or the account is closed: the server tells the three apart to nobody.';
      }
      if (error.code === 'TOKEN_EXPIRED') return 'The credential was good, and its time is over. Get a fresh one.';
      return asker.hasCredential
        ? 'The server knows nobody by this credential. It is wrong, has been taken away, or is meant for another server.'
        : 'The server wants to know who you are, and no credential was sent.';
    case 403:
      return forbidden(permission, asker);
    case 404:
      return 'There is no such thing, or it belongs to somebody else: the server tells the two apart to nobody.';
    case 409:
      return 'Somebody or something else is at it. Try again shortly.';
    case 422:
      return 'The server knows and admits you, but cannot use what was sent.';
    case 429:
      return `Too much, too fast.${error.retryAfterSeconds === undefined ? '' : ` Try again in ${error.retryAfterSeconds} s.`}`;
    default:
      return error.status >= 500
        ? 'This is the fault of the server. The request id finds the reason in its log.'
        : 'The server does not take this request.';
  }
}

function forbidden(permission: string | undefined, { me }: Asker): string {
  const who = me === undefined ? 'The server knows who you are' : `The server knows that you are ${me.subject}`;
  if (permission === undefined) return `${who}. The answer is no all the same.`;
  if (me?.permissions.some((held) => held === permission)) {
    return `${who}. You have ${permission} for some things, and not for this one.`;
  }
  const isNarrowed = me !== undefined && me.scopes !== null;
  const orScopes = isNarrowed ? ', or the scopes of your credential leave it out' : '';
  return `${who}. No role or rule gives you ${permission}${orScopes}.`;
}
