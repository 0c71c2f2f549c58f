import { element, fill } from '../element.js';
import { clockTime } from '../tell-time.js';
import type { Refusal } from './read-refusal.js';

const kept = 50;

/** All that was refused since the page was opened, the latest first. */
export class RefusalLog {
  readonly element = element('ol', { class: 'refusal-log' });
  readonly #refusals: Refusal[] = [];

  constructor() {
    this.#draw();
  }

  add(refusal: Refusal): void {
    this.#refusals.unshift(refusal);
    this.#refusals.length = Math.min(this.#refusals.length, kept);
    this.#draw();
  }

  #draw(): void {
    if (this.#refusals.length === 0) {
      fill(this.element, element('li', { class: 'nothing' }, 'Nothing has been refused so far.'));
      return;
    }
    const rows = this.#refusals.map(({ status, code, tried, permission, requestId, time }) =>
      element(
        'li',
        {},
        element('span', { class: `badge status status-${status}` }, status === 0 ? '—' : String(status)),
        element('span', {}, `${tried} `, element('code', {}, permission ?? code)),
        element('small', { with: { title: requestId ?? false } }, clockTime(time)),
      ),
    );
    fill(this.element, ...rows);
  }
}
