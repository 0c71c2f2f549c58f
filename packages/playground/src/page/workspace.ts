import type { ThreadSummary } from '@agentflow/protocol';
import { Conversation } from './conversation/conversation.js';
import { Drawer } from './drawer.js';
import { element, fill } from './element.js';
import { icon } from './icons.js';
import { YourKeys } from './keys/your-keys.js';
import { confirmInModal } from './modal.js';
import { type Asker, readRefusal } from './refusals/read-refusal.js';
import { dismissButton, refusalCard } from './refusals/refusal-card.js';
import { RefusalLog } from './refusals/refusal-log.js';
import { WhatYouMayDo } from './rights/what-you-may-do.js';
import { WhoYouAre } from './rights/who-you-are.js';
import type { Session } from './session/session.js';
import { signOut } from './session/sign-out.js';
import { YourSessions } from './sessions/your-sessions.js';
import { ThreadList } from './threads/thread-list.js';
import { ToolsYouRun } from './tools/tools-you-run.js';

const pageSize = 50;

export interface WorkspaceParts {
  readonly signInAgain: () => void;
  readonly signOut: () => void;
}

/** The page of somebody who is signed in: their threads, a conversation, and their rights. */
export class Workspace {
  readonly element: HTMLElement;
  readonly #parts: WorkspaceParts;
  readonly #who: WhoYouAre;
  readonly #may = new WhatYouMayDo();
  readonly #log = new RefusalLog();
  readonly #notices = element('div', { class: 'notices', with: { 'aria-label': 'Notices' } });
  readonly #name = element('span', { class: 'name' });
  readonly #sessions: YourSessions;
  readonly #keys: YourKeys;
  readonly #threads: ThreadList;
  readonly #conversation: Conversation;
  readonly #drawers: readonly Drawer[];
  #session: Session;

  constructor(session: Session, parts: WorkspaceParts) {
    this.#session = session;
    this.#parts = parts;
    this.#who = new WhoYouAre({
      ...parts,
      signOut: () => void this.#signOut('here'),
      signOutEverywhere: () => void this.#signOut('everywhere'),
    });
    const client = () => this.#session.client;
    this.#sessions = new YourSessions({ client, refuse: (error, tried) => this.#refuse(error, tried) });
    this.#keys = new YourKeys({ client, refuse: (error, tried) => this.#refuse(error, tried) });
    this.#threads = this.#createThreads();
    this.#conversation = new Conversation({
      client,
      refuse: (error, tried) => this.#refuse(error, tried),
      onRun: () => void this.#threads.refresh(),
      onLook: (threadId, name) => this.#threads.mark(threadId, name),
      welcome: (suggest) => this.#welcome(suggest),
    });
    const threads = new Drawer('threads', 'Threads', icon('threads'), this.#threads.element);
    const rights = new Drawer('rights', 'You', icon('shield'), this.#createRights());
    this.#drawers = [threads, rights];
    this.element = element(
      'div',
      { class: 'workspace' },
      this.#createHeader(threads.button, rights.button),
      threads.element,
      element('main', {}, this.#notices, this.#conversation.element),
      rights.element,
    );
    this.#show();
  }

  get session(): Session {
    return this.#session;
  }

  /** The same person with a fresh credential: everything on the page stays. */
  renew(session: Session): void {
    this.#session = session;
    this.#show();
  }

  /** Ends what goes on. */
  leave(): void {
    this.#conversation.leave();
    this.#who.leave();
  }

  #show(): void {
    const { me, hasCredential, refused } = this.#session;
    this.#keys.forget();
    this.#sessions.forget();
    this.#who.show(this.#session);
    this.#may.show(me);
    this.#name.textContent = me?.username ?? me?.subject ?? 'You';
    const cards = refused.map((error) => this.#refuse(error, 'Sign in', true));
    fill(this.#notices, !hasCredential && openServerNotice(), ...cards);
    void this.#threads.refresh();
  }

  #createThreads(): ThreadList {
    return new ThreadList({
      list: async (shared, cursor) => (await this.#session.client.threads({ shared, cursor, limit: pageSize })).data,
      refuse: (error) => this.#refuse(error, 'List your threads'),
      open: (thread) => {
        this.#closeDrawers();
        void this.#conversation.open(thread);
      },
      start: () => {
        this.#closeDrawers();
        this.#conversation.start();
      },
      remove: (thread) => void this.#remove(thread),
    });
  }

  async #remove(thread: ThreadSummary): Promise<void> {
    const name = this.#threads.nameOf(thread);
    const isSure = await confirmInModal(
      'Delete this thread?',
      `${name} and all that was said on it will be gone.`,
      'Delete',
    );
    if (!isSure) return;
    try {
      await this.#session.client.deleteThread(thread.thread_id);
      if (this.#conversation.threadId === thread.thread_id) this.#conversation.start();
      await this.#threads.refresh();
    } catch (error) {
      this.#closeDrawers();
      this.#notices.prepend(this.#refuse(error, 'Delete a thread', true));
    }
  }

  /** Where the server cannot be told, that is said, and they may go all the same. */
  async #signOut(where: 'here' | 'everywhere'): Promise<void> {
    try {
      await signOut(this.#session, where);
    } catch (error) {
      this.#closeDrawers();
      this.#notices.prepend(this.#refuse(error, 'Sign out', true));
      if (
        !(await confirmInModal(
          'Leave all the same?',
          'The server could not be told: the session goes on there.',
          'Leave',
        ))
      )
        return;
    }
    this.#parts.signOut();
  }

  #refuse(error: unknown, tried: string, isDismissible = false): HTMLElement {
    const { me, hasCredential } = this.#session;
    const asker: Asker = { me, hasCredential, by: this.#session.by };
    const refusal = readRefusal(error, tried, asker);
    this.#log.add(refusal);
    return refusalCard(refusal, { signIn: this.#parts.signInAgain, isDismissible });
  }

  #createHeader(threads: HTMLElement, rights: HTMLElement): HTMLElement {
    return element(
      'header',
      { class: 'top' },
      threads,
      brand(),
      element('span', { class: 'space' }),
      element('span', { class: 'whoami' }, icon('person'), this.#name),
      rights,
    );
  }

  #createRights(): HTMLElement {
    const log = element('section', { with: { 'aria-label': 'Refused so far' } }, element('h2', {}, 'Refused so far'));
    log.append(this.#log.element);
    const tools = new ToolsYouRun({
      client: () => this.#session.anotherClient(),
      node: () => this.#nodes[0],
      refuse: (error) => this.#refuse(error, 'Declare a tool'),
    });
    const declared = element('section', { with: { 'aria-label': 'Tools that you run' } }, tools.element);
    const own = [this.#sessions.element, this.#keys.element];
    return element('div', {}, this.#who.element, this.#may.element, log, ...own, declared);
  }

  #welcome(suggest: (text: string) => void): HTMLElement {
    const nodes = this.#nodes;
    const click = () => suggest('Who am I?');
    return element(
      'div',
      { class: 'welcome' },
      element('span', { class: 'mark' }, icon('mark')),
      element('p', { class: 'lead' }, 'Say something to your graph.'),
      nodes.length > 0 &&
        element('p', { class: 'nodes' }, ...nodes.map((node) => element('code', { class: 'chip' }, node))),
      element('button', { class: 'plain', with: { type: 'button' }, on: { click } }, 'Who am I?'),
    );
  }

  /** Of the graph, without its start and its end. */
  get #nodes(): readonly string[] {
    return (this.#session.graph?.nodes ?? []).map(({ name }) => name).filter((name) => !name.startsWith('__'));
  }

  #closeDrawers(): void {
    for (const drawer of this.#drawers) drawer.close();
  }
}

export function brand(): HTMLElement {
  return element(
    'h1',
    { class: 'brand' },
    element('span', { class: 'mark' }, icon('mark')),
    'agentflow',
    element('small', {}, 'playground'),
  );
}

function openServerNotice(): HTMLElement {
  const notice: HTMLElement = element(
    'article',
    { class: 'card open-server' },
    element(
      'header',
      {},
      element('span', { class: 'badge' }, 'Open'),
      element('strong', {}, 'You are in without a credential'),
      element('span', { class: 'space' }),
      dismissButton(() => notice.remove()),
    ),
    element(
      'p',
      {},
      'This server lets in whoever can reach it, so there is nothing to sign in with. Set "auth" in agentflow.json to change that.',
    ),
  );
  return notice;
}
