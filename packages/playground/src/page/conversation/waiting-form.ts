import { element } from '../element.js';

export interface WaitingFormParts {
  /** For whoever cannot see the page. */
  readonly label: string;
  readonly title: string;
  /** What is asked, and the boxes to answer it in. */
  readonly body: readonly (HTMLElement | false)[];
  readonly onAnswer: () => void;
}

/** The thread waits for whoever sits here. */
export function waitingForm({ label, title, body, onAnswer }: WaitingFormParts): HTMLElement {
  const form = element(
    'form',
    { class: 'card interrupt', with: { 'aria-label': label } },
    element('header', {}, element('span', { class: 'badge' }, 'Waiting'), element('strong', {}, title)),
    ...body,
    element('p', { class: 'hint' }, 'Sent as JSON where it reads as JSON, and as a text otherwise.'),
    element(
      'div',
      { class: 'buttons' },
      element('button', { class: 'primary', with: { type: 'submit' } }, 'Answer and go on'),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    onAnswer();
  });
  return form;
}
