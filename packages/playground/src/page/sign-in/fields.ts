import { element, uniqueId } from '../element.js';

interface FieldWords {
  readonly placeholder?: string;
  /** What a keeper of passwords may put into it (HTML §4.10.18.7). */
  readonly autocomplete?: string;
}

export function textInput({ placeholder = '', autocomplete = 'off' }: FieldWords = {}): HTMLInputElement {
  return element('input', {
    with: { type: 'text', autocomplete, spellcheck: 'false', autocapitalize: 'none', placeholder },
  });
}

export function secretInput({ placeholder = '', autocomplete = 'off' }: FieldWords = {}): HTMLInputElement {
  return element('input', { with: { type: 'password', autocomplete, spellcheck: 'false', placeholder } });
}

export function labelled(text: string, input: HTMLInputElement): HTMLElement {
  input.id ||= uniqueId('field');
  const parts: HTMLElement[] = [element('label', { with: { for: input.id } }, text), input];
  if (input.dataset['secret'] !== undefined || input.type === 'password') parts.push(reveal(input));
  return element('div', { class: 'field' }, ...parts);
}

/** A secret is shown while somebody wants to see it. */
function reveal(input: HTMLInputElement): HTMLElement {
  input.dataset['secret'] = '';
  input.type = 'password';
  const button: HTMLButtonElement = element(
    'button',
    {
      class: 'quiet reveal',
      with: { type: 'button', 'aria-pressed': 'false' },
      on: {
        click: () => {
          const isShown = input.type === 'text';
          input.type = isShown ? 'password' : 'text';
          button.textContent = isShown ? 'Show' : 'Hide';
          button.setAttribute('aria-pressed', String(!isShown));
        },
      },
    },
    'Show',
  );
  return button;
}
