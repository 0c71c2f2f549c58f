import type { ContentBlock, Message, RemoteToolCallBlock, StreamChunk } from '@agentflow/client';
import { element } from '../element.js';
import { MessageView } from './message-view.js';
import { ToolView } from './tool-view.js';

/** What has been said on a thread, in order: messages, calls of tools with their answers, and notes of the page itself. */
export class Transcript {
  readonly element = element('div', {
    class: 'transcript',
    with: { role: 'log', 'aria-label': 'Conversation', tabindex: '0' },
  });
  readonly #messages = new Map<string, MessageView>();
  readonly #tools = new Map<string, ToolView>();
  readonly #remote = new Map<string, RemoteToolCallBlock>();
  #said: MessageView | undefined;

  /** What has just been typed, before the server has taken it. */
  say(message: Message): void {
    this.#said = this.#append(new MessageView(message.role));
    this.#said.show(message, (block) => this.#viewOf(block));
    this.#scroll(true);
  }

  /** The server did not take it: it is taken off the page again. */
  unsay(): void {
    this.#said?.element.remove();
    this.#said = undefined;
  }

  hear({ event, message }: Pick<StreamChunk, 'event' | 'message'>): void {
    if (event !== 'message' || message === null) return;
    const isNear = this.#isNearEnd();
    if (message.delta) this.#viewFor(message).grow(textOf(message));
    else this.show(message);
    this.#scroll(isNear);
  }

  /** A whole message, in the place of its pieces. */
  show(message: Message): void {
    const calls = message.content.filter((block) => block.type === 'remote_tool_call');
    for (const call of calls) this.#remote.set(call.id, call);
    // The model's own call stands there already; this one says only that it is for whoever sits here.
    if (calls.length > 0 && calls.length === message.content.length && calls.every((call) => this.#waitsFor(call)))
      return;
    this.answer(message);
    const answers = message.content.filter((block) => block.type === 'tool_result');
    const isToldElsewhere =
      answers.length === message.content.length && answers.every((one) => this.#tools.has(one.call_id));
    if (isToldElsewhere && answers.length > 0) return;
    this.#viewFor(message).show(message, (block) => this.#viewOf(block));
  }

  /** What tools have answered, beside their calls. */
  answer({ content }: Message): void {
    for (const block of content) if (block.type === 'tool_result') this.#tools.get(block.call_id)?.answer(block);
  }

  /** A card, a form or a line of the page's own, after what was said last. */
  note(note: HTMLElement): HTMLElement {
    this.element.append(note);
    this.#scroll(true);
    return note;
  }

  set isBusy(busy: boolean) {
    this.element.setAttribute('aria-busy', String(busy));
  }

  /** Calls of tools that run in the client, which the last run has told; taken from here by whoever answers them. */
  takeCalls(): readonly RemoteToolCallBlock[] {
    const calls = [...this.#remote.values()];
    this.#remote.clear();
    return calls;
  }

  #waitsFor({ name }: RemoteToolCallBlock): boolean {
    return [...this.#tools.values()].some((tool) => tool.name === name && !tool.isAnswered);
  }

  #viewFor({ message_id: id, role }: Message): MessageView {
    const key = id ?? '';
    const known = this.#messages.get(key);
    if (known !== undefined) return known;
    const said = role === 'user' ? this.#said : undefined;
    if (said !== undefined) this.#said = undefined;
    const view = said ?? this.#append(new MessageView(role));
    this.#messages.set(key, view);
    return view;
  }

  #viewOf(block: ContentBlock): HTMLElement | undefined {
    if (block.type === 'tool_result') return this.#tools.get(block.call_id)?.element;
    if (block.type !== 'tool_call' && block.type !== 'remote_tool_call') return undefined;
    const known = this.#tools.get(block.id);
    if (known !== undefined) return known.element;
    const view = new ToolView(block);
    this.#tools.set(block.id, view);
    return view.element;
  }

  #append(view: MessageView): MessageView {
    this.element.append(view.element);
    return view;
  }

  scrollToEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  #isNearEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < 120;
  }

  /** Whoever has scrolled up to read is left there. */
  #scroll(isWanted: boolean): void {
    if (isWanted) this.scrollToEnd();
  }
}

function textOf({ content }: Message): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}
