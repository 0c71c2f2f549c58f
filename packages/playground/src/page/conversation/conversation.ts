import type { AgentFlowClient } from '@agentflow/client';
import type { ThreadSummary } from '@agentflow/protocol';
import { element } from '../element.js';
import { Composer } from './composer.js';
import { ThreadView } from './thread-view.js';

export interface ConversationParts {
  /** Whoever is signed in by now. */
  readonly client: () => AgentFlowClient;
  /** Makes the card of a refusal, and keeps it in the log. */
  readonly refuse: (error: unknown, tried: string) => HTMLElement;
  /** A thread has been started, or a run has ended. */
  readonly onRun: () => void;
  /** Another thread is looked at, or the same one has an id or a name by now. */
  readonly onLook: (threadId: string | undefined, name: string | undefined) => void;
  /** What stands where nothing has been said yet. */
  readonly welcome: (suggest: (text: string) => void) => HTMLElement;
}

/** The thread that is looked at, and where one types. */
export class Conversation {
  readonly element: HTMLElement;
  readonly #parts: ConversationParts;
  readonly #title = element('h2');
  readonly #id = element('code');
  readonly #composer: Composer;
  /** Those that run go on while somebody looks at another. */
  readonly #running = new Set<ThreadView>();
  #view: ThreadView;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#composer = new Composer({ send: (text) => void this.#say(text), stop: () => void this.#view.stop() });
    this.#view = this.#createView();
    this.element = element(
      'section',
      { class: 'conversation', with: { 'aria-label': 'Thread' } },
      element('header', {}, this.#title, this.#id),
      this.#view.transcript.element,
      this.#composer.element,
    );
    this.start();
  }

  get threadId(): string | undefined {
    return this.#view.id;
  }

  /** Turns to a thread that does not exist yet. */
  start(): void {
    this.#turnTo(this.#createView());
    this.#view.greet(this.#parts.welcome((text) => void this.#say(text)));
    this.#composer.focus();
  }

  /** Shows a thread with its messages, and what it waits for. */
  async open({ thread_id: id, thread_name: name }: ThreadSummary): Promise<void> {
    const running = [...this.#running].find((view) => view.id === id);
    if (running !== undefined) {
      this.#turnTo(running);
      return;
    }
    const view = this.#createView(id, name ?? undefined);
    this.#turnTo(view);
    await view.load(id);
  }

  /** Ends all that goes on, without a word. */
  leave(): void {
    for (const view of this.#running) view.leave();
  }

  #createView(id?: string, name?: string): ThreadView {
    const { client, refuse, onRun } = this.#parts;
    const onChange = () => {
      if (view.isRunning) this.#running.add(view);
      else this.#running.delete(view);
      if (view === this.#view) this.#draw();
    };
    const view: ThreadView = new ThreadView({ client, refuse, onRun, onChange }, id, name);
    return view;
  }

  #turnTo(view: ThreadView): void {
    this.#view.transcript.element.replaceWith(view.transcript.element);
    this.#view = view;
    view.transcript.scrollToEnd();
    this.#draw();
  }

  #draw(): void {
    const { id, name, isRunning } = this.#view;
    this.#title.textContent = name ?? (id === undefined ? 'New thread' : 'Thread');
    this.#id.textContent = id ?? '';
    this.#composer.isRunning = isRunning;
    this.#parts.onLook(id, name);
  }

  async #say(text: string): Promise<void> {
    const view = this.#view;
    this.#composer.text = '';
    if (await view.say(text)) return;
    // Nothing of it was taken: whoever typed it may send it again.
    if (view === this.#view && this.#composer.text === '') this.#composer.text = text;
  }
}
