import { element, uniqueId, unseen } from './element.js';
import { icon } from './icons.js';

/** A column beside the conversation; where the window is narrow it lies over it, and a button opens it. */
export class Drawer {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;

  constructor(className: string, name: string, drawing: SVGElement, content: HTMLElement) {
    const id = uniqueId(className);
    const close = element(
      'button',
      { class: 'quiet close', with: { type: 'button' }, on: { click: () => this.#leave() } },
      icon('cross'),
      unseen('Close'),
    );
    this.element = element('aside', { class: `drawer ${className}`, with: { id, 'aria-label': name } }, close, content);
    this.button = element(
      'button',
      {
        class: `quiet opens-${className}`,
        with: { type: 'button', 'aria-expanded': 'false', 'aria-controls': id },
        on: { click: () => this.#toggle(!this.#isOpen) },
      },
      drawing,
      unseen(name),
    );
    this.element.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && this.#isOpen) this.#leave();
    });
  }

  close(): void {
    this.#toggle(false);
  }

  #leave(): void {
    this.close();
    this.button.focus();
  }

  get #isOpen(): boolean {
    return this.element.classList.contains('is-open');
  }

  #toggle(isOpen: boolean): void {
    this.element.classList.toggle('is-open', isOpen);
    this.button.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) this.element.querySelector<HTMLElement>('button, summary')?.focus();
  }
}
