import { element, uniqueId } from './element.js';

/** A dialog over the page: the browser keeps the focus in it, and Escape closes it. */
export class Modal {
  readonly #dialog: HTMLDialogElement;

  constructor(title: string, ...children: readonly (Node | string)[]) {
    const id = uniqueId('title');
    this.#dialog = element(
      'dialog',
      { with: { 'aria-labelledby': id } },
      element('h2', { with: { id } }, title),
      ...children,
    );
    this.#dialog.addEventListener('close', () => this.#dialog.remove());
  }

  add(child: Node): void {
    this.#dialog.append(child);
  }

  open(): void {
    document.body.append(this.#dialog);
    this.#dialog.showModal();
  }

  close(): void {
    this.#dialog.close();
  }

  onClose(listener: () => void): void {
    this.#dialog.addEventListener('close', listener);
  }
}

/** Asks before something is done that cannot be undone, or is not meant to happen by a slip. */
export function confirmInModal(title: string, what: string, verb: string, kind = 'danger'): Promise<boolean> {
  return new Promise((resolve) => {
    let isConfirmed = false;
    const close = (answer: boolean) => () => {
      isConfirmed = answer;
      modal.close();
    };
    const button = (name: string, className: string, answer: boolean) =>
      element('button', { class: className, with: { type: 'button' }, on: { click: close(answer) } }, name);
    const modal = new Modal(
      title,
      element('p', {}, what),
      element('div', { class: 'buttons' }, button('Cancel', 'plain', false), button(verb, kind, true)),
    );
    modal.onClose(() => resolve(isConfirmed));
    modal.open();
  });
}
