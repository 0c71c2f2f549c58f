import type { Challenge } from '@agentflow/protocol';
import type { AuthenticatedResult, HeaderFields } from './base-auth.js';

/** What a service has sent to a webhook, and not yet believed. */
export interface SignedMessage {
  /** As the path has it. */
  readonly hook: string;
  readonly headers: HeaderFields;
  /** As received: a signature is over bytes. */
  readonly body: Uint8Array;
}

/** One delivery, of which it is known that whoever has a secret of its hook has sent it. */
export interface Delivery {
  readonly hook: string;
  /** Names it among those of its hook: the same for each time that it comes, and covered by the signature. */
  readonly id: string;
  /** What its sender calls it, for the audit trail. */
  readonly label: string;
  /** How long it must be remembered, so that it starts no second run. */
  readonly rememberMilliseconds: number;
  /** Whether the answer waits for the end of the run. */
  readonly waits: boolean;
  /** Of the hook. */
  readonly maxBodyBytes: number;
  /**
   * What is said to the graph, and on which thread of the hook's own principal; undefined: on a new one.
   * @param payload the body, as JSON
   * @param text the same, as received
   * @throws {DeliveryContentError} where the configuration asks for something that is not in the payload
   */
  read(payload: unknown, text: string): { readonly input: string; readonly threadId: string | undefined };
}

/** The payload lacks what the hook's configuration looks for. The message is for the sender. */
export class DeliveryContentError extends Error {
  override readonly name = 'DeliveryContentError';
}

/** Who has signed, and what. */
export interface SignedBy {
  readonly result: AuthenticatedResult;
  readonly delivery: Delivery;
}

/** The webhooks of a configuration. `reason` is for the operator: whoever sends reads one answer, whatever was wrong. */
export interface Webhooks {
  /** What is read of a body before it is known whose it is: of all hooks alike, so that it names none. */
  readonly maxBodyBytes: number;
  /**
   * Whether header fields could be those of a delivery that comes now: all there, of the right form, of about this time. Asked before
   * a byte of the body is read, and alike for every name.
   */
  precheck(headers: HeaderFields): { readonly reason: string } | undefined;
  /** Who has signed a body, at whatever time: what goes on asks again. A name that there is not takes the same work. */
  verify(message: SignedMessage): SignedBy | { readonly reason: string };
  challenge(): Challenge;
  /** A line about each, for the start's output. */
  describe(): readonly { readonly hook: string; readonly how: string }[];
}
