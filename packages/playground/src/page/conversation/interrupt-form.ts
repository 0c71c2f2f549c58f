import type { JsonValue } from '@agentflow/protocol';
import { element, uniqueId } from '../element.js';
import { readJson, showJson } from './show-json.js';

/** The graph waits for an answer: what it asks, and a box to answer in. */
export function interruptForm(asked: JsonValue, answer: (value: JsonValue) => void): HTMLElement {
  const id = uniqueId('answer');
  const box = element('textarea', { with: { id, rows: 2, placeholder: 'yes, or {"approved": true}' } });
  const form = element(
    'form',
    { class: 'card interrupt', with: { 'aria-label': 'The graph waits for an answer' } },
    element('header', {}, element('span', { class: 'badge' }, 'Waiting'), element('strong', {}, 'The graph asks')),
    asked !== null && element('pre', {}, showJson(asked)),
    element('label', { with: { for: id } }, 'Your answer'),
    box,
    element('p', { class: 'hint' }, 'Sent as JSON where it reads as JSON, and as a text otherwise.'),
    element(
      'div',
      { class: 'buttons' },
      element('button', { class: 'primary', with: { type: 'submit' } }, 'Answer and go on'),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    answer(readJson(box.value) as JsonValue);
  });
  return form;
}
