import type { ApiKeyCreateRequest } from '@agentflow/protocol';
import { now } from '../clock.js';
import { element, uniqueId } from '../element.js';

const day = 86_400_000;

/** Milliseconds; the first is the server's own choice. */
const lengths = [
  ['As the server says', undefined],
  ['In 7 days', 7 * day],
  ['In 30 days', 30 * day],
  ['In 90 days', 90 * day],
  ['In a year', 365 * day],
] as const;

/** Asks what a new key is for, until when, and what it may do. */
export class KeyForm {
  readonly element: HTMLFormElement;
  readonly #name = element('input', { with: { type: 'text', autocomplete: 'off', placeholder: 'nightly report' } });
  readonly #scopes = element('input', {
    with: { type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: 'graph:invoke threads:read' },
  });
  readonly #end = element(
    'select',
    {},
    ...lengths.map(([name], index) => element('option', { with: { value: index } }, name)),
  );

  constructor(create: (request: ApiKeyCreateRequest) => Promise<void>) {
    const submit = element('button', { class: 'plain', with: { type: 'submit' } }, 'Create a key');
    this.element = element(
      'form',
      { class: 'fields', with: { 'aria-label': 'Create a key', autocomplete: 'off' } },
      field('What for', this.#name),
      field('Ends', this.#end),
      field('Only for (scopes)', this.#scopes),
      submit,
    );
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      submit.disabled = true;
      void create(this.#read()).finally(() => {
        submit.disabled = false;
      });
    });
  }

  #read(): ApiKeyCreateRequest {
    const length = lengths[Number(this.#end.value)]?.[1];
    const scopes = this.#scopes.value.split(/[\s,]+/).filter((scope) => scope !== '');
    return {
      name: this.#name.value.trim(),
      ...(length !== undefined && { expiresAt: new Date(now() + length).toISOString() }),
      ...(scopes.length > 0 && { scopes }),
    };
  }
}

function field(text: string, input: HTMLInputElement | HTMLSelectElement): HTMLElement {
  input.id = uniqueId('key');
  return element('div', { class: 'field' }, element('label', { with: { for: input.id } }, text), input);
}
