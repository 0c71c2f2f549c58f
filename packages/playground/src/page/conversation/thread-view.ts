import {
  AbortedError,
  type AgentFlowClient,
  AgentFlowError,
  AuthenticationError,
  Message,
  type RunStream,
  type StreamEnd,
} from '@agentflow/client';
import type { ExecutionMeta, JsonValue } from '@agentflow/protocol';
import { element } from '../element.js';
import { interruptForm } from './interrupt-form.js';
import { callsIn, remoteToolForm } from './remote-tool-form.js';
import { Transcript } from './transcript.js';

export interface ThreadViewParts {
  /** Whoever is signed in by now. */
  readonly client: () => AgentFlowClient;
  /** Makes the card of a refusal, and keeps it in the log. */
  readonly refuse: (error: unknown, tried: string) => HTMLElement;
  /** Its id, its name, or whether it runs is another. */
  readonly onChange: () => void;
  /** It has been started, or a run on it has ended, by somebody who may still ask. */
  readonly onRun: () => void;
}

interface Said {
  readonly messages: readonly Message[];
  readonly resume?: JsonValue;
}

/** One thread: what was said on it, and the run that goes on, whether anybody looks at it or not. */
export class ThreadView {
  readonly transcript = new Transcript();
  readonly #parts: ThreadViewParts;
  #id: string | undefined;
  #name: string | undefined;
  #stream: RunStream | undefined;
  /** A card or a form that goes as soon as something else is said. */
  #pending: HTMLElement | undefined;

  /** Without an id: a thread that does not exist yet. */
  constructor(parts: ThreadViewParts, id?: string, name?: string) {
    this.#parts = parts;
    this.#id = id;
    this.#name = name;
  }

  get id(): string | undefined {
    return this.#id;
  }

  /** Its own, or what was said first; undefined where neither is known. */
  get name(): string | undefined {
    return this.#name;
  }

  get isRunning(): boolean {
    return this.#stream !== undefined;
  }

  /** Shows something until somebody says something. */
  greet(note: HTMLElement): void {
    this.#pending = this.transcript.note(note);
  }

  /** Shows what is kept of it, and what it waits for. */
  async load(id: string): Promise<void> {
    try {
      const { data } = await this.#parts.client().threadState(id);
      for (const message of data.state?.context ?? []) this.transcript.show(message);
      this.#call(data.state?.context.find(({ role }) => role === 'user'));
      const meta = data.state?.['execution_meta'] as ExecutionMeta | undefined;
      if (meta?.status.startsWith('interrupted')) this.#await(meta.interrupt_data);
      this.transcript.scrollToEnd();
    } catch (error) {
      this.transcript.note(this.#parts.refuse(error, 'Open a thread'));
    }
  }

  /** Whether the server has taken it. */
  async say(text: string): Promise<boolean> {
    const message = Message.text_message(text);
    this.transcript.say(message);
    const isTaken = await this.#run({ messages: [message] }, message);
    if (!isTaken) this.transcript.unsay();
    return isTaken;
  }

  /** Asks the server to end the run, which then says so itself; where it must not be asked, its reader leaves. */
  async stop(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (this.#id === undefined) {
      stream.abort();
      return;
    }
    try {
      await this.#parts.client().stopGraph(this.#id);
    } catch (error) {
      this.transcript.note(this.#parts.refuse(error, 'Stop the run'));
      stream.abort();
    }
  }

  /** Ends what goes on, without a word. */
  leave(): void {
    this.#stream?.abort();
  }

  /** Runs the graph, and shows what it tells. */
  async #run({ messages, resume }: Said, typed?: Message): Promise<boolean> {
    const pending = this.#pending;
    pending?.remove();
    this.#pending = undefined;
    const config = this.#id === undefined ? {} : { thread_id: this.#id };
    const stream = this.#parts.client().stream(messages, { config, resume, runTools: false });
    this.#setStream(stream);
    let hasBegun = false;
    let mayAsk = true;
    try {
      for await (const chunk of stream) {
        hasBegun = true;
        this.#learn(chunk.thread_id, typed);
        this.transcript.hear(chunk);
      }
      mayAsk = this.#tellEnd(await stream.ended);
    } catch (error) {
      if (!(error instanceof AbortedError)) this.transcript.note(this.#parts.refuse(error, 'Run the graph'));
    }
    this.#setStream(undefined);
    // What was not taken can be answered still.
    if (!hasBegun && pending !== undefined) this.#pending = this.transcript.note(pending);
    if (hasBegun && mayAsk) this.#parts.onRun();
    return hasBegun;
  }

  #setStream(stream: RunStream | undefined): void {
    this.#stream = stream;
    this.transcript.isBusy = stream !== undefined;
    this.#parts.onChange();
  }

  /** Of a new thread, the first chunk tells the id. */
  #learn(id: string, typed: Message | undefined): void {
    const isNew = this.#id === undefined;
    this.#id ??= id;
    this.#call(typed);
    if (isNew) this.#parts.onRun();
  }

  /** A thread without a name is called by what was said first. */
  #call(first: Message | undefined): void {
    const name = first?.text().trim() ?? '';
    if (this.#name !== undefined || name === '') return;
    this.#name = name;
    this.#parts.onChange();
  }

  /** Whether whoever has run it may still ask for anything. */
  #tellEnd(end: StreamEnd): boolean {
    switch (end.reason) {
      case 'interrupted':
        this.#await(end.interrupt);
        return true;
      case 'error':
        this.#refuse(end.error);
        return !(end.error instanceof AuthenticationError);
      case 'stopped':
        this.transcript.note(element('p', { class: 'line' }, 'Stopped.'));
        return true;
      case 'completed':
      case 'aborted':
        return true;
    }
  }

  /** The graph waits: for the answers of tools that run here, or for one to what it asks. */
  #await(asked: JsonValue): void {
    const told = this.transcript.takeCalls();
    const calls = told.length > 0 ? told : callsIn(asked);
    const form =
      calls.length > 0
        ? remoteToolForm(calls, (message) => void this.#answerTools(message))
        : interruptForm(asked, (resume) => void this.#run({ messages: [], resume }));
    this.#pending = this.transcript.note(form);
    form.querySelector('textarea')?.focus();
  }

  async #answerTools(message: Message): Promise<void> {
    if (await this.#run({ messages: [message] })) this.transcript.answer(message);
  }

  /** In the middle of an answer, a refusal means that the right to it has ended. */
  #refuse(error: Error): void {
    const card = this.#parts.refuse(error, 'Go on with the run');
    const isRight = error instanceof AgentFlowError && (error.status === 401 || error.status === 403);
    this.transcript.note(isRight ? endedRight(card) : card);
  }
}

function endedRight(card: HTMLElement): HTMLElement {
  return element(
    'div',
    { class: 'banner' },
    element('strong', {}, 'Your right to this answer has ended'),
    element('p', {}, 'The server has stopped it here. What had arrived by then stays on the page.'),
    card,
  );
}
