import type { AgentFlowClient } from '@agentflow/client';
import type { ApiKeyCreatedResponse, ApiKeyResource } from '@agentflow/protocol';
import { element } from '../element.js';
import { LazySection } from '../lazy-section.js';
import { confirmInModal } from '../modal.js';
import { tellTime } from '../tell-time.js';
import { KeyForm } from './key-form.js';
import { showNewKey } from './show-new-key.js';

export interface YourKeysParts {
  readonly client: () => AgentFlowClient;
  readonly refuse: (error: unknown, tried: string) => HTMLElement;
}

/** The caller's API keys: made, shown once, put in the place of others, taken back. */
export class YourKeys {
  readonly #parts: YourKeysParts;
  readonly #section: LazySection;

  constructor(parts: YourKeysParts) {
    this.#parts = parts;
    this.#section = new LazySection('keys', {
      ...{ title: 'API keys', tried: 'List your keys', refuse: parts.refuse },
      absent: 'This server issues no keys.',
      load: async () => this.#draw((await parts.client().apiKeys.list()).apiKeys),
    });
  }

  get element(): HTMLElement {
    return this.#section.element;
  }

  forget(): void {
    this.#section.forget();
  }

  #draw(keys: readonly ApiKeyResource[]): readonly Node[] {
    const list =
      keys.length === 0
        ? element('p', { class: 'nothing' }, 'You have none. A program that acts for you needs one.')
        : element('ul', { class: 'rows' }, ...keys.map((key) => this.#row(key)));
    const form = new KeyForm((request) =>
      this.#make('Create a key', () => this.#parts.client().apiKeys.create(request)),
    );
    return [list, form.element];
  }

  #row(key: ApiKeyResource): HTMLElement {
    const button = (name: string, className: string, click: () => void) =>
      element(
        'button',
        { class: className, with: { type: 'button', 'aria-label': `${name} ${key.name}` }, on: { click } },
        name,
      );
    return element(
      'li',
      { class: 'key', with: { 'data-key': key.id } },
      element(
        'div',
        { class: 'about' },
        element(
          'div',
          { class: 'title' },
          element('strong', {}, key.name),
          key.dueForRotation && element('span', { class: 'badge warn' }, 'due for rotation'),
        ),
        element('code', {}, `${key.prefix}…${key.last4}`),
        element('small', {}, whatOf(key).join(' · ')),
      ),
      element(
        'div',
        { class: 'buttons' },
        button('Rotate', 'plain small', () => void this.#rotate(key)),
        button('Revoke', 'plain small', () => void this.#revoke(key)),
      ),
    );
  }

  async #rotate({ id, name }: ApiKeyResource): Promise<void> {
    const what = `You get another key in the place of ${name}, which stays good for as long as the server says.`;
    if (!(await confirmInModal('Rotate this key?', what, 'Rotate', 'primary'))) return;
    await this.#make('Rotate a key', () => this.#parts.client().apiKeys.rotate(id));
  }

  async #revoke({ id, name }: ApiKeyResource): Promise<void> {
    const what = `Whatever uses ${name} is refused from now on. That cannot be undone.`;
    if (!(await confirmInModal('Revoke this key?', what, 'Revoke'))) return;
    await this.#section.change('Revoke a key', () => this.#parts.client().apiKeys.revoke(id));
  }

  async #make(tried: string, work: () => Promise<ApiKeyCreatedResponse>): Promise<void> {
    let made: ApiKeyCreatedResponse | undefined;
    await this.#section.change(tried, async () => {
      made = await work();
    });
    if (made !== undefined) showNewKey(made);
  }
}

function whatOf({ lastUsedAt, expiresAt, scopes }: ApiKeyResource): string[] {
  return [
    lastUsedAt === null ? 'never used' : `used ${tellTime(lastUsedAt)}`,
    ...(expiresAt === null ? [] : [`ends ${tellTime(expiresAt)}`]),
    ...(scopes === null ? [] : [scopes.length === 0 ? 'no scopes' : scopes.join(' ')]),
  ];
}
