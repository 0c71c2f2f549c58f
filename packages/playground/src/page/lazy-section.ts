import { AgentFlowError } from '@agentflow/client';
import { element, fill } from './element.js';

export interface LazySectionParts {
  readonly title: string;
  /** Where the server has nothing of the kind. */
  readonly absent: string;
  readonly load: () => Promise<readonly (Node | false | undefined)[]>;
  readonly refuse: (error: unknown, tried: string) => HTMLElement;
  /** `List your keys` */
  readonly tried: string;
}

/** A part of the page that asks the server when somebody opens it, and not before. */
export class LazySection {
  readonly element: HTMLElement;
  readonly #details: HTMLDetailsElement;
  readonly #summary: HTMLElement;
  readonly #content = element('div', { class: 'content' });
  readonly #problems = element('div', { class: 'problems' });
  readonly #parts: LazySectionParts;
  #asked = 0;

  constructor(className: string, parts: LazySectionParts) {
    this.#parts = parts;
    this.#summary = element('summary', {}, parts.title);
    this.#details = element('details', { class: `lazy ${className}` }, this.#summary, this.#content, this.#problems);
    this.#details.addEventListener('toggle', () => {
      if (this.#details.open) void this.refresh();
    });
    this.element = element('section', { with: { 'aria-label': parts.title } }, this.#details);
  }

  /** What is another's does not stay. */
  forget(): void {
    this.#asked += 1;
    fill(this.#content);
    fill(this.#problems);
    if (this.#details.open) void this.refresh();
  }

  /** Does something, shows what was refused, and what has become of it all. */
  async change(tried: string, work: () => Promise<unknown>): Promise<boolean> {
    fill(this.#problems);
    try {
      await work();
    } catch (error) {
      fill(this.#problems, this.#parts.refuse(error, tried));
      return false;
    }
    await this.refresh();
    return true;
  }

  async refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    let shown: readonly (Node | false | undefined)[];
    try {
      shown = await this.#parts.load();
    } catch (error) {
      const isAbsent = error instanceof AgentFlowError && error.status === 404;
      shown = [
        isAbsent
          ? element('p', { class: 'nothing' }, this.#parts.absent)
          : this.#parts.refuse(error, this.#parts.tried),
      ];
    }
    if (asked !== this.#asked) return;
    const isUsed = this.#content.contains(document.activeElement);
    fill(this.#content, ...shown);
    // Whoever uses the keyboard goes on where they were, and not at the top of the page.
    if (isUsed) this.#summary.focus();
  }
}
