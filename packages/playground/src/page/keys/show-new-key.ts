import type { ApiKeyCreatedResponse } from '@agentflow/protocol';
import { element, fill } from '../element.js';
import { icon } from '../icons.js';
import { Modal } from '../modal.js';

/** The one time that a key is seen: when this is closed, nobody can look at it again. */
export function showNewKey({ name, key }: ApiKeyCreatedResponse): void {
  const shown = element('code', { class: 'new-key', with: { tabindex: 0, 'aria-label': 'The key' } }, key);
  const told = element('span', { class: 'hint', with: { role: 'status' } });
  const copy = element(
    'button',
    { class: 'primary', with: { type: 'button' }, on: { click: () => void copyKey() } },
    icon('copy'),
    'Copy',
  );
  async function copyKey(): Promise<void> {
    try {
      await navigator.clipboard.writeText(key);
      told.textContent = 'Copied.';
      fill(copy, icon('check'), 'Copied');
    } catch {
      // Only pages of a secure origin may, and only where the browser lets them.
      getSelection()?.selectAllChildren(shown);
      told.textContent = 'It is selected: copy it with the keyboard.';
    }
  }
  const done = element(
    'button',
    { class: 'plain', with: { type: 'button' }, on: { click: () => modal.close() } },
    'I have it',
  );
  const modal = new Modal(
    'Your new key',
    element(
      'p',
      {},
      'Keep the key for ',
      element('strong', {}, name),
      ' now. It is shown this once, and the server does not know it either.',
    ),
    shown,
    element('div', { class: 'buttons' }, told, done, copy),
  );
  modal.onClose(() => shown.remove());
  modal.open();
  copy.focus();
}
