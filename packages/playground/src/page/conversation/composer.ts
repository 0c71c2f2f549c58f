import { element, uniqueId } from '../element.js';
import { icon } from '../icons.js';

/** Where one types. Enter sends, Shift and Enter begin a new line. */
export class Composer {
  readonly element: HTMLFormElement;
  readonly #text: HTMLTextAreaElement;
  readonly #send = element(
    'button',
    { class: 'primary round', with: { type: 'submit', 'aria-label': 'Send' } },
    icon('send'),
  );
  readonly #stop = element(
    'button',
    { class: 'danger round', with: { type: 'button', 'aria-label': 'Stop' } },
    icon('stop'),
  );

  constructor({ send, stop }: { readonly send: (text: string) => void; readonly stop: () => void }) {
    const id = uniqueId('say');
    this.#text = element('textarea', { with: { id, rows: 1, placeholder: 'Say something' } });
    this.element = element(
      'form',
      { class: 'composer' },
      element('label', { class: 'unseen', with: { for: id } }, 'Message'),
      this.#text,
      this.#send,
      this.#stop,
    );
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = this.#text.value;
      if (text.trim() !== '' && !this.#send.hidden) send(text);
    });
    this.#text.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.element.requestSubmit();
    });
    this.#text.addEventListener('input', () => this.#fit());
    this.#stop.addEventListener('click', stop);
    this.isRunning = false;
  }

  set isRunning(running: boolean) {
    this.#send.hidden = running;
    this.#stop.hidden = !running;
  }

  get text(): string {
    return this.#text.value;
  }

  set text(text: string) {
    this.#text.value = text;
    this.#fit();
  }

  /** As high as what stands in it, where the browser does not see to that. */
  #fit(): void {
    this.#text.style.height = 'auto';
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  focus(): void {
    this.#text.focus();
  }
}
