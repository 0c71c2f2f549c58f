import type { ThreadSummary } from '@agentflow/protocol';
import { element, fill, unseen } from '../element.js';
import { icon } from '../icons.js';
import { tellTime } from '../tell-time.js';

export interface ThreadListParts {
  /** A part of them. */
  readonly list: (shared: boolean, cursor: string | undefined) => Promise<ThreadPart>;
  /** A card that says why they cannot be listed. */
  readonly refuse: (error: unknown) => HTMLElement;
  readonly open: (thread: ThreadSummary) => void;
  readonly start: () => void;
  readonly remove: (thread: ThreadSummary) => void;
}

export interface ThreadPart {
  readonly threads: readonly ThreadSummary[];
  readonly next_cursor?: string | null;
}

/** The caller's own threads, or those that others share with them. */
export class ThreadList {
  readonly element: HTMLElement;
  readonly #parts: ThreadListParts;
  readonly #list = element('ul', { class: 'threads' });
  readonly #foot = element('div', { class: 'foot' });
  readonly #tabs: readonly { readonly shared: boolean; readonly button: HTMLButtonElement }[];
  /** What was said first, where the page has seen it: easier to know again than an id. */
  readonly #names = new Map<string, string>();
  #isShared = false;
  #shown: readonly ThreadSummary[] = [];
  #openId: string | undefined;
  /** Only the latest question's answer is shown. */
  #asked = 0;

  constructor(parts: ThreadListParts) {
    this.#parts = parts;
    const tab = (shared: boolean, text: string) => {
      const click = () => void this.choose(shared);
      const button = element('button', { with: { type: 'button' }, on: { click } }, text);
      return { shared, button };
    };
    this.#tabs = [tab(false, 'Yours'), tab(true, 'Shared with you')];
    const start = element(
      'button',
      { class: 'primary wide', with: { type: 'button' }, on: { click: () => parts.start() } },
      icon('plus'),
      'New thread',
    );
    const tabs = element('div', { class: 'tabs', with: { role: 'group', 'aria-label': 'Which threads' } });
    tabs.append(...this.#tabs.map(({ button }) => button));
    this.element = element('div', { class: 'thread-list' }, start, tabs, this.#list, this.#foot);
    this.#drawTabs();
  }

  async choose(shared: boolean): Promise<void> {
    this.#isShared = shared;
    this.#shown = [];
    this.#drawTabs();
    await this.refresh();
  }

  async refresh(): Promise<void> {
    await this.#ask(undefined);
  }

  /** Marks the one that is looked at (undefined: a new one), and calls it by its name. */
  mark(threadId: string | undefined, name: string | undefined): void {
    this.#openId = threadId;
    if (threadId !== undefined && name !== undefined) this.#names.set(threadId, name);
    if (this.#shown.length > 0) this.#draw();
  }

  nameOf({ thread_name: name, thread_id: id }: ThreadSummary): string {
    return name ?? this.#names.get(id) ?? id;
  }

  async #ask(cursor: string | undefined): Promise<void> {
    this.#asked += 1;
    const turn = this.#asked;
    try {
      const { threads, next_cursor: next } = await this.#parts.list(this.#isShared, cursor);
      if (turn !== this.#asked) return;
      this.#shown = cursor === undefined ? threads : [...this.#shown, ...threads];
      this.#draw();
      fill(this.#foot, typeof next === 'string' && this.#more(next));
    } catch (error) {
      if (turn !== this.#asked) return;
      // What is on the page stays.
      if (this.#shown.length === 0) fill(this.#list);
      fill(this.#foot, this.#parts.refuse(error));
    }
  }

  #more(cursor: string): HTMLElement {
    return element(
      'button',
      { class: 'plain wide', with: { type: 'button' }, on: { click: () => void this.#ask(cursor) } },
      'More',
    );
  }

  #drawTabs(): void {
    for (const { shared, button } of this.#tabs) button.setAttribute('aria-pressed', String(shared === this.#isShared));
  }

  #draw(): void {
    if (this.#shown.length === 0) {
      const text = this.#isShared ? 'Nobody has shared a thread with you.' : 'No threads yet. What you say starts one.';
      fill(this.#list, element('li', { class: 'nothing' }, text));
      return;
    }
    fill(this.#list, ...this.#shown.map((thread) => this.#row(thread)));
  }

  #row(thread: ThreadSummary): HTMLElement {
    const name = this.nameOf(thread);
    const isOpen = thread.thread_id === this.#openId;
    const whose = thread.access === undefined ? '' : `${thread.user_id}, ${thread.access} · `;
    const open = element(
      'button',
      {
        class: 'open',
        with: { type: 'button', 'aria-current': isOpen && 'true', title: thread.thread_id },
        on: { click: () => this.#parts.open(thread) },
      },
      element('span', { class: 'name' }, name),
      element('small', {}, `${whose}${tellTime(thread.updated_at)}`),
    );
    const remove = element(
      'button',
      {
        class: 'quiet remove',
        with: { type: 'button', title: 'Delete' },
        on: { click: () => this.#parts.remove(thread) },
      },
      icon('bin'),
      unseen(`Delete ${name}`),
    );
    return element('li', { class: isOpen ? 'is-open' : undefined }, open, remove);
  }
}
