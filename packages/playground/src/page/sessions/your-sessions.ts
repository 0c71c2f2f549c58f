import type { AgentFlowClient } from '@agentflow/client';
import type { SessionResource } from '@agentflow/protocol';
import { element } from '../element.js';
import { LazySection } from '../lazy-section.js';
import { confirmInModal } from '../modal.js';
import { tellTime } from '../tell-time.js';
import { nameOfAgent } from './name-of-agent.js';

export interface YourSessionsParts {
  readonly client: () => AgentFlowClient;
  readonly refuse: (error: unknown, tried: string) => HTMLElement;
}

/** Where one is signed in, to end what should not go on. */
export class YourSessions {
  readonly #parts: YourSessionsParts;
  readonly #section: LazySection;

  constructor(parts: YourSessionsParts) {
    this.#parts = parts;
    this.#section = new LazySection('sessions', {
      ...{ title: 'Where you are signed in', tried: 'List your sessions', refuse: parts.refuse },
      absent: 'This server signs nobody in: it takes credentials from elsewhere.',
      load: async () => this.#draw((await parts.client().auth.sessions()).sessions),
    });
  }

  get element(): HTMLElement {
    return this.#section.element;
  }

  forget(): void {
    this.#section.forget();
  }

  #draw(sessions: readonly SessionResource[]): readonly (Node | false)[] {
    if (sessions.length === 0) return [element('p', { class: 'nothing' }, 'You have no sessions.')];
    const others = sessions.filter(({ current }) => !current);
    return [
      element('ul', { class: 'rows' }, ...sessions.map((session) => this.#row(session))),
      others.length > 1 &&
        element(
          'button',
          { class: 'plain small', with: { type: 'button' }, on: { click: () => void this.#endOthers() } },
          'End all others',
        ),
    ];
  }

  #row(session: SessionResource): HTMLElement {
    const { current, userAgent, address, via, lastUsedAt } = session;
    const name = nameOfAgent(userAgent);
    const where = [via, address, current ? undefined : `used ${tellTime(lastUsedAt)}`];
    return element(
      'li',
      { with: { 'data-session': session.id } },
      element(
        'div',
        { class: 'about' },
        element('strong', { with: { title: userAgent ?? false } }, name),
        element('small', {}, where.filter((part) => part !== null && part !== undefined).join(' · ')),
      ),
      current
        ? element('span', { class: 'badge good' }, 'this one')
        : element(
            'button',
            {
              class: 'plain small',
              with: { type: 'button', 'aria-label': `End the session of ${name}` },
              on: { click: () => void this.#end(session) },
            },
            'End',
          ),
    );
  }

  async #end({ id }: SessionResource): Promise<void> {
    await this.#section.change('End a session', () => this.#parts.client().auth.endSession(id));
  }

  async #endOthers(): Promise<void> {
    const what = 'Whoever uses them, you or somebody else, has to sign in again.';
    if (!(await confirmInModal('End all other sessions?', what, 'End them'))) return;
    await this.#section.change('End all other sessions', () => this.#parts.client().auth.endOtherSessions());
  }
}
