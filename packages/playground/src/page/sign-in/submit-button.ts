import { element, fill } from '../element.js';

/** Sends a form, once at a time, and has what was refused shown under it. */
export class SubmitButton {
  readonly element: HTMLButtonElement;
  readonly #name: string;
  readonly #busy: string;

  constructor(name: string, busy: string) {
    this.#name = name;
    this.#busy = busy;
    this.element = element('button', { class: 'primary wide', with: { type: 'submit' } }, name);
  }

  async during(problems: HTMLElement, work: () => Promise<HTMLElement | undefined>): Promise<void> {
    if (this.element.disabled) return;
    this.element.disabled = true;
    this.element.textContent = this.#busy;
    fill(problems);
    const problem = await work();
    this.element.disabled = false;
    this.element.textContent = this.#name;
    if (problem !== undefined) fill(problems, problem);
  }
}
