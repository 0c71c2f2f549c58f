import type { JsonValue } from '@agentflow/protocol';
import { element, uniqueId } from '../element.js';
import { readJson, showJson } from './show-json.js';
import { waitingForm } from './waiting-form.js';

/** The graph waits for an answer: what it asks, and a box to answer in. */
export function interruptForm(asked: JsonValue, answer: (value: JsonValue) => void): HTMLElement {
  const id = uniqueId('answer');
  const box = element('textarea', { with: { id, rows: 2, placeholder: 'yes, or {"approved": true}' } });
  return waitingForm({
    label: 'The graph waits for an answer',
    title: 'The graph asks',
    body: [
      asked !== null && element('pre', {}, showJson(asked)),
      element('label', { with: { for: id } }, 'Your answer'),
      box,
    ],
    onAnswer: () => answer(readJson(box.value) as JsonValue),
  });
}
