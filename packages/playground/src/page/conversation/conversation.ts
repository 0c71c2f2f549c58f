import {
  AbortedError,
  type AgentFlowClient,
  AgentFlowError,
  AuthenticationError,
  Message,
  type RunStream,
  type StreamEnd,
} from '@agentflow/client';
import type { ExecutionMeta, JsonValue, ThreadSummary } from '@agentflow/protocol';
import { element } from '../element.js';
import { Composer } from './composer.js';
import { interruptForm } from './interrupt-form.js';
import { callsIn, remoteToolForm } from './remote-tool-form.js';
import { Transcript } from './transcript.js';

export interface ConversationParts {
  /** Whoever is signed in by now. */
  readonly client: () => AgentFlowClient;
  /** Makes the card of a refusal, and keeps it in the log. */
  readonly refuse: (error: unknown, tried: string) => HTMLElement;
  /** A thread has been started, or a run has ended, by somebody who may still ask. */
  readonly onRun: (threadId: string | undefined) => void;
  /** What was said first on a thread. */
  readonly onName: (threadId: string, name: string) => void;
  /** What stands where nothing has been said yet. */
  readonly welcome: (suggest: (text: string) => void) => HTMLElement;
}

interface Said {
  readonly messages: readonly Message[];
  readonly resume?: JsonValue;
}

/** One thread: what was said on it, and the run that goes on. */
export class Conversation {
  readonly element: HTMLElement;
  readonly #parts: ConversationParts;
  readonly #title = element('h2');
  readonly #id = element('code');
  #isNamed = false;
  readonly #transcript = new Transcript();
  readonly #composer: Composer;
  #threadId: string | undefined;
  /** Of the run that is looked at. */
  #stream: RunStream | undefined;
  /** All that go on, also on threads that somebody has turned away from. */
  readonly #running = new Set<RunStream>();
  /** A card or a form that goes as soon as something else is said. */
  #pending: HTMLElement | undefined;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#composer = new Composer({ send: (text) => void this.#say(text), stop: () => void this.#stop() });
    this.element = element(
      'section',
      { class: 'conversation', with: { 'aria-label': 'Thread' } },
      element('header', {}, this.#title, this.#id),
      this.#transcript.element,
      this.#composer.element,
    );
    this.start();
  }

  get threadId(): string | undefined {
    return this.#threadId;
  }

  /** Turns to a thread that does not exist yet. */
  start(): void {
    this.#turnTo(undefined, 'New thread');
    const suggest = (text: string) => void this.#say(text);
    this.#pending = this.#transcript.note(this.#parts.welcome(suggest));
    this.#composer.focus();
  }

  /** Shows a thread with its messages, and what it waits for. */
  async open(thread: ThreadSummary): Promise<void> {
    const id = thread.thread_id;
    this.#turnTo(id, thread.thread_name ?? 'Thread');
    this.#isNamed = thread.thread_name !== null;
    await this.#load(id);
  }

  async #load(id: string): Promise<void> {
    try {
      const { data } = await this.#parts.client().threadState(id);
      if (this.#threadId !== id || this.#stream !== undefined) return;
      this.#transcript.clear();
      for (const message of data.state?.context ?? []) this.#transcript.show(message);
      this.#name(data.state?.context.find(({ role }) => role === 'user'));
      const meta = data.state?.['execution_meta'] as ExecutionMeta | undefined;
      if (meta?.status.startsWith('interrupted')) this.#await(meta.interrupt_data);
      this.#transcript.element.scrollTop = this.#transcript.element.scrollHeight;
    } catch (error) {
      if (this.#threadId === id) this.#transcript.note(this.#parts.refuse(error, 'Open a thread'));
    }
  }

  /** Ends what goes on, without a word. */
  leave(): void {
    this.#stream = undefined;
    for (const stream of this.#running) stream.abort();
  }

  #turnTo(threadId: string | undefined, title: string): void {
    this.#stream = undefined;
    this.#threadId = threadId;
    this.#pending = undefined;
    this.#transcript.clear();
    this.#composer.isRunning = false;
    this.#transcript.isBusy = false;
    this.#title.textContent = title;
    this.#id.textContent = threadId ?? '';
    this.#isNamed = false;
  }

  async #say(text: string): Promise<void> {
    this.#composer.text = '';
    const message = Message.text_message(text);
    if (await this.#run({ messages: [message] }, message)) return;
    // Nothing of it was taken: whoever typed it may send it again.
    if (this.#composer.text === '') this.#composer.text = text;
    this.#transcript.unsay();
  }

  /** Runs the graph, and shows what it tells. Whether the server has taken what was said. */
  async #run({ messages, resume }: Said, typed?: Message): Promise<boolean> {
    const pending = this.#pending;
    pending?.remove();
    this.#pending = undefined;
    if (typed !== undefined) this.#transcript.say(typed);
    const config = this.#threadId === undefined ? {} : { thread_id: this.#threadId };
    const stream = this.#parts.client().stream(messages, { config, resume, runTools: false });
    this.#stream = stream;
    this.#running.add(stream);
    let threadId = this.#threadId;
    this.#composer.isRunning = true;
    this.#transcript.isBusy = true;
    let hasBegun = false;
    let mayAsk = true;
    try {
      for await (const chunk of stream) {
        hasBegun = true;
        threadId ??= chunk.thread_id;
        // Whoever turns to another thread does not end the run.
        if (this.#stream !== stream) continue;
        this.#learn(chunk.thread_id, typed);
        this.#transcript.hear(chunk);
      }
      if (this.#stream === stream) mayAsk = this.#tellEnd(await stream.ended);
    } catch (error) {
      if (this.#stream === stream && !(error instanceof AbortedError)) this.#refuse(error, 'Run the graph');
    }
    this.#running.delete(stream);
    if (this.#stream !== stream) {
      this.#endUnseen(threadId);
      return true;
    }
    this.#stream = undefined;
    this.#composer.isRunning = false;
    this.#transcript.isBusy = false;
    // What was not taken can be answered still.
    if (!hasBegun && pending !== undefined) this.#pending = this.#transcript.note(pending);
    if (hasBegun && mayAsk) this.#parts.onRun(this.#threadId);
    return hasBegun;
  }

  /** A run has ended that nobody was looking at; somebody may have come back to its thread. */
  #endUnseen(threadId: string | undefined): void {
    if (threadId !== undefined && threadId === this.#threadId) void this.#load(threadId);
    this.#parts.onRun(this.#threadId);
  }

  /** Of a new thread, the first chunk tells the id. */
  #learn(threadId: string, typed: Message | undefined): void {
    if (this.#threadId !== undefined) {
      this.#name(typed);
      return;
    }
    this.#threadId = threadId;
    this.#id.textContent = threadId;
    this.#name(typed);
    this.#parts.onRun(threadId);
  }

  /** A thread without a name is called by what was said first. */
  #name(first: Message | undefined): void {
    const name = first?.text().trim() ?? '';
    if (this.#isNamed || name === '' || this.#threadId === undefined) return;
    this.#isNamed = true;
    this.#title.textContent = name;
    this.#parts.onName(this.#threadId, name);
  }

  /** Whether whoever has run it may still ask for anything. */
  #tellEnd(end: StreamEnd): boolean {
    switch (end.reason) {
      case 'interrupted':
        this.#await(end.interrupt);
        break;
      case 'error':
        this.#refuse(end.error, 'Go on with the run', true);
        return !(end.error instanceof AuthenticationError);
      case 'stopped':
        this.#transcript.note(element('p', { class: 'line' }, 'Stopped.'));
        break;
      case 'completed':
      case 'aborted':
        break;
    }
    return true;
  }

  /** The graph waits: for the answers of tools that run here, or for one to what it asks. */
  #await(asked: JsonValue): void {
    const told = this.#transcript.takeCalls();
    const calls = told.length > 0 ? told : callsIn(asked);
    const form =
      calls.length > 0
        ? remoteToolForm(calls, (message) => void this.#answerTools(message))
        : interruptForm(asked, (resume) => void this.#run({ messages: [], resume }));
    this.#pending = this.#transcript.note(form);
    form.querySelector('textarea')?.focus();
  }

  async #answerTools(message: Message): Promise<void> {
    if (await this.#run({ messages: [message] })) this.#transcript.answer(message);
  }

  /** In the middle of an answer, a refusal means that the right to it has ended. */
  #refuse(error: unknown, tried: string, hasBegun = false): void {
    const card = this.#parts.refuse(error, tried);
    const isRight = error instanceof AgentFlowError && (error.status === 401 || error.status === 403);
    if (!hasBegun || !isRight) {
      this.#transcript.note(card);
      return;
    }
    this.#transcript.note(
      element(
        'div',
        { class: 'banner' },
        element('strong', {}, 'Your right to this answer has ended'),
        element('p', {}, 'The server has stopped it here. What had arrived by then stays on the page.'),
        card,
      ),
    );
  }

  /** Asks the server to end the run, which then says so itself; where it must not be asked, its reader leaves. */
  async #stop(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (this.#threadId === undefined) {
      stream.abort();
      return;
    }
    try {
      await this.#parts.client().stopGraph(this.#threadId);
    } catch (error) {
      this.#transcript.note(this.#parts.refuse(error, 'Stop the run'));
      stream.abort();
    }
  }
}
