import { headerOf, secretsOf } from '../credentials/auth.js';
import type { CredentialSource } from '../credentials/credential-source.js';
import { type HeldCredential, nobody } from '../credentials/held-credential.js';
import { AgentFlowError } from '../errors/agentflow-error.js';
import { createError } from '../errors/create-error.js';
import { AuthenticationError, CredentialError, NetworkError, ProtocolError } from '../errors/error-classes.js';
import { readChallenges } from '../errors/read-challenges.js';
import { withhold } from '../errors/withhold.js';
import type { CallOptions } from './call-options.js';
import { Deadline } from './deadline.js';
import { readRetryAfter, retryDelay } from './retry.js';
import type { Settings } from './settings.js';

/** One request, whole but for what all have in common. */
export interface Outgoing {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** JSON, or a form. */
  readonly body?: unknown;
  readonly accept?: string | undefined;
  /** Whether doing it twice is as good as once, and its second answer says the same. */
  readonly isRepeatable: boolean;
  /** What it asks for goes on for as long as its credential does. */
  readonly isLasting?: boolean | undefined;
  /** Goes without the credential of the client. */
  readonly isAnonymous?: boolean | undefined;
  /** A person waits for what it says of what they have typed: it is sent once. */
  readonly isSentOnce?: boolean | undefined;
  /** Stand in its body, or its answer, and in no error. */
  readonly secrets?: readonly string[] | undefined;
}

/** An answer whose body is still to be read, under the deadline of its call. Whoever reads it clears that. */
export interface OpenAnswer {
  readonly response: Response;
  readonly deadline: Deadline;
}

/** How requests are sent: credentials, tries, deadlines, and errors of the right class. */
export class Exchange {
  readonly #settings: Settings;
  readonly #credentials: CredentialSource;

  constructor(settings: Settings, credentials: CredentialSource) {
    this.#settings = settings;
    this.#credentials = credentials;
  }

  /**
   * Sends a request, as often as it needs and may, and resolves when a success begins to arrive.
   * @throws {AgentFlowError}
   */
  async open(outgoing: Outgoing, options: CallOptions = {}): Promise<OpenAnswer> {
    const deadline = new Deadline(options.timeout ?? this.#settings.timeout, options.signal);
    try {
      return { response: await this.#try(outgoing, options, deadline), deadline };
    } catch (error) {
      deadline.clear();
      throw deadline.failure ?? error;
    }
  }

  /**
   * Sends a request and reads its answer with `read`.
   * @throws {AgentFlowError}
   */
  async read<T>(outgoing: Outgoing, options: CallOptions, read: (response: Response) => Promise<T>): Promise<T> {
    const { response, deadline } = await this.open(outgoing, options);
    try {
      return await deadline.race(read(response));
    } catch (cause) {
      throw deadline.failure ?? (cause instanceof AgentFlowError ? cause : brokenAnswer(outgoing, response, cause));
    } finally {
      deadline.clear();
    }
  }

  /** The same, where the answer is JSON. */
  json(outgoing: Outgoing, options: CallOptions = {}): Promise<unknown> {
    return this.read(outgoing, options, async (response) => {
      const text = await response.text();
      try {
        return JSON.parse(text);
      } catch (cause) {
        const from = factsOf(outgoing, response);
        throw new ProtocolError('The answer is no JSON: is this the address of the server itself?', {
          ...{ ...from, code: 'MALFORMED_ANSWER', status: response.status },
          // What a parser says of a text repeats a part of it.
          cause: outgoing.secrets === undefined ? cause : undefined,
        });
      }
    });
  }

  /** The headers of a request that goes out now, and the credential among them. */
  async headers(options: CallOptions): Promise<{ readonly headers: Headers; readonly held: HeldCredential }> {
    const held = await this.#credentials.current();
    return { headers: this.#headersWith(held, {}, options), held };
  }

  async #try(outgoing: Outgoing, options: CallOptions, deadline: Deadline): Promise<Response> {
    const { isAnonymous = false, isLasting, isSentOnce = false } = outgoing;
    let held = isAnonymous ? nobody : await deadline.race(this.#credentials.current(isLasting));
    let isRenewed = false;
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#send(outgoing, options, held, deadline);
      // What a `fetch` of somebody's answers need not be of the global class.
      if (!(answer instanceof AgentFlowError)) return answer;
      if (answer instanceof AuthenticationError && this.#mayRenew(outgoing, answer) && !isRenewed) {
        // A 401 comes before anything is done: to ask again is safe for every request.
        isRenewed = true;
        const renewed = await deadline.race(this.#credentials.renew(held, true));
        if (renewed === held) throw answer;
        held = renewed;
        tries -= 1;
        continue;
      }
      const delay = retryDelay(answer, tries, outgoing.isRepeatable, this.#settings.retry);
      if (isSentOnce || delay === undefined || delay >= deadline.remaining) throw answer;
      this.#settings.tell(`${outgoing.method} ${outgoing.path}: again in ${Math.round(delay)} ms`);
      await deadline.sleep(delay);
    }
  }

  /** What a person has typed may be what is wrong: only a token that is over has not been looked at together with it. */
  #mayRenew({ isAnonymous = false, isSentOnce = false }: Outgoing, { code }: AuthenticationError): boolean {
    return this.#credentials.canRenew && !isAnonymous && (!isSentOnce || code === 'TOKEN_EXPIRED');
  }

  /** One try: a success, or the error that it ended with. */
  async #send(
    outgoing: Outgoing,
    options: CallOptions,
    held: HeldCredential,
    deadline: Deadline,
  ): Promise<Response | AgentFlowError> {
    const { signal } = deadline;
    if (deadline.failure !== undefined) throw deadline.failure;
    const { method, path, body, accept = 'application/json' } = outgoing;
    const isJson = body !== undefined && !(body instanceof FormData);
    const defaults = { Accept: accept, ...(isJson && { 'Content-Type': 'application/json' }) };
    const headers = this.#headersWith(held, defaults, options);
    const { credentials, fetch, baseUrl, tell } = this.#settings;
    let response: Response;
    try {
      const answer = fetch(`${baseUrl}${path}`, {
        ...{ method, headers, signal },
        // An API key in a header of its own would go along to wherever the answer points.
        redirect: 'error',
        ...(credentials !== undefined && { credentials }),
        ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
      });
      response = await deadline.race(answer);
    } catch (cause) {
      if (signal.aborted) throw cause;
      tell(`${method} ${path}: no answer`);
      return new NetworkError(`The server could not be reached: ${reasonOf(cause)}`, {
        ...{ code: 'NETWORK', method, endpoint: path, cause },
      });
    }
    tell(`${method} ${path}: ${response.status}`);
    return response.ok ? response : this.#refusal(outgoing, response, held);
  }

  async #refusal(outgoing: Outgoing, response: Response, held: HeldCredential): Promise<AgentFlowError> {
    const text = await response.text().catch(() => '');
    const told = { body: parseLeniently(text), requestId: factsOf(outgoing, response).requestId };
    const challenges = readChallenges(response.headers.get('www-authenticate'));
    const { body, ...facts } = withhold({ ...told, challenges }, [
      ...secretsOf(held.auth),
      ...(outgoing.secrets ?? []),
    ]);
    return createError(response.status, body, {
      ...{ ...factsOf(outgoing, response), ...facts },
      retryAfterSeconds: readRetryAfter(response.headers.get('retry-after')),
    });
  }

  /** Contract 4.1: defaults, then `headers`, then `auth`; what one call brings stands over all. */
  #headersWith(held: HeldCredential, defaults: Readonly<Record<string, string>>, options: CallOptions): Headers {
    const credential = held.auth === null ? [] : [headerOf(held.auth)];
    const common = this.#settings.headers.filter(([name]) => held !== nobody || name.toLowerCase() !== 'authorization');
    const all = [...Object.entries(defaults), ...common, ...credential, ...Object.entries(options.headers ?? {})];
    const headers = new Headers();
    for (const [name, value] of all) {
      try {
        headers.set(name, value);
      } catch {
        throw new CredentialError(`The header ${JSON.stringify(name)} cannot be sent with this value.`, {
          code: 'CREDENTIAL_UNFIT',
        });
      }
    }
    return headers;
  }
}

function factsOf({ method, path }: Outgoing, { headers }: Response) {
  return { method, endpoint: path, requestId: headers.get('x-request-id') ?? undefined };
}

function brokenAnswer(outgoing: Outgoing, response: Response, cause: unknown): NetworkError {
  return new NetworkError(`The answer broke off: ${reasonOf(cause)}`, {
    ...{ ...factsOf(outgoing, response), code: 'NETWORK', cause },
  });
}

/** Node says only "fetch failed", and why in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
