import type { AgentFlowClient } from '@agentflow/client';
import { element, fill, uniqueId } from '../element.js';

export interface ToolsYouRunParts {
  readonly client: () => AgentFlowClient;
  /** Where a tool is offered, as far as the graph tells. */
  readonly node: () => string | undefined;
  readonly refuse: (error: unknown) => HTMLElement;
}

interface DeclaredTool {
  readonly name: string;
  readonly description: string;
}

/** Tools that run in the client: declared to the server here, and answered by whoever sits here. */
export class ToolsYouRun {
  readonly element: HTMLElement;
  readonly #parts: ToolsYouRunParts;
  readonly #declared = new Map<string, DeclaredTool>();
  readonly #list = element('ul', { class: 'declared' });
  readonly #problems = element('div', { class: 'problems' });
  readonly #name = element('input', { with: { type: 'text', spellcheck: 'false', placeholder: 'ask_me' } });
  readonly #description = element('input', { with: { type: 'text', placeholder: 'Asks whoever sits at the page.' } });

  constructor(parts: ToolsYouRunParts) {
    this.#parts = parts;
    const form = element(
      'form',
      { class: 'fields', with: { 'aria-label': 'Declare a tool' } },
      this.#field('Name', this.#name),
      this.#field('What it does', this.#description),
      element('button', { class: 'plain', with: { type: 'submit' } }, 'Declare'),
      this.#problems,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#declare();
    });
    this.element = element(
      'details',
      { class: 'tools-you-run' },
      element('summary', {}, 'Tools that you run'),
      element('p', { class: 'hint' }, 'Your graph may ask the client to run them: you answer in the conversation.'),
      this.#list,
      form,
    );
  }

  #field(text: string, input: HTMLInputElement): HTMLElement {
    input.id = uniqueId('tool');
    return element('div', { class: 'field' }, element('label', { with: { for: input.id } }, text), input);
  }

  /** The server keeps what was declared last, all of it: so all are declared again. */
  async #declare(): Promise<void> {
    const name = this.#name.value.trim();
    const tool = { name, description: this.#description.value.trim() };
    fill(this.#problems);
    try {
      await this.#send([...this.#declared.values(), tool]);
    } catch (error) {
      fill(this.#problems, this.#parts.refuse(error));
      return;
    }
    this.#declared.set(name, tool);
    fill(this.#list, ...[...this.#declared.keys()].map((one) => element('li', {}, element('code', {}, one))));
    this.#name.value = '';
    this.#description.value = '';
  }

  async #send(tools: readonly DeclaredTool[]): Promise<void> {
    // A client of its own: what the server has refused is not declared again with the next.
    const client = this.#parts.client();
    const node = this.#parts.node();
    for (const tool of tools) client.registerTool({ node: node ?? '', ...tool, handler: () => null });
    await client.setup();
  }
}
