import type { RemoteToolCallBlock, ToolCallBlock, ToolResultBlock } from '@agentflow/client';
import { element, fill } from '../element.js';
import { icon } from '../icons.js';
import { showJson } from './show-json.js';

/** A call of a tool, and what it has answered once it has. */
export class ToolView {
  readonly name: string;
  readonly element: HTMLElement;
  readonly #state = element('span', { class: 'state' });
  readonly #answer = element('div', { class: 'answer' });
  #isAnswered = false;

  constructor(call: ToolCallBlock | RemoteToolCallBlock) {
    this.name = call.name;
    const isRemote = call.type === 'remote_tool_call';
    this.element = element(
      'details',
      { class: 'tool', with: { open: true, 'data-tool': call.name } },
      element(
        'summary',
        {},
        icon('tool'),
        element('code', {}, call.name),
        isRemote && element('span', { class: 'chip' }, 'runs in the client'),
        this.#state,
      ),
      Object.keys(call.args).length > 0 && element('pre', { class: 'arguments' }, showJson(call.args)),
      this.#answer,
    );
    this.#tell('calling', isRemote ? 'waits for an answer' : 'called');
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  answer({ output, is_error: isError, status }: ToolResultBlock): void {
    this.#isAnswered = true;
    const hasFailed = isError || status === 'failed';
    this.#tell(hasFailed ? 'failed' : 'done', hasFailed ? 'failed' : 'answered');
    fill(this.#answer, element('pre', { class: 'result' }, showJson(output)));
  }

  #tell(state: string, text: string): void {
    this.element.dataset['state'] = state;
    this.#state.textContent = text;
  }
}
