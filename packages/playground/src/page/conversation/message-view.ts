import type { ContentBlock, Message } from '@agentflow/client';
import { element, fill } from '../element.js';
import { showJson } from './show-json.js';

const speakers: Readonly<Record<string, string>> = { user: 'You', assistant: 'Agent', system: 'System', tool: 'Tool' };

/** One message. Whatever it says is shown as the text that it is. */
export class MessageView {
  readonly element: HTMLElement;
  readonly #body = element('div', { class: 'body' });
  #growing: Text | undefined;

  constructor(role: string) {
    this.element = element(
      'article',
      { class: `message ${role}`, with: { 'data-role': role } },
      element('h3', { class: 'speaker' }, speakers[role] ?? role),
      this.#body,
    );
  }

  /** A piece of what is still being written. */
  grow(text: string): void {
    if (this.#growing === undefined) {
      this.#growing = document.createTextNode('');
      fill(this.#body, element('div', { class: 'text' }, this.#growing));
      this.element.classList.add('growing');
    }
    this.#growing.appendData(text);
  }

  /** The whole of it; `viewOf` gives the views of what is not its own to show. */
  show(message: Message, viewOf: (block: ContentBlock) => HTMLElement | undefined): void {
    this.#growing = undefined;
    this.element.classList.remove('growing');
    const shown = message.content.map((block) => viewOf(block) ?? showBlock(block));
    const reasoning = message.reasoning ? [showReasoning(message.reasoning)] : [];
    const tokens = message.usages?.total_tokens;
    const usage = tokens === undefined ? undefined : element('small', {}, `${tokens} tokens`);
    fill(this.#body, ...reasoning, ...shown, usage);
    this.element.hidden = reasoning.length === 0 && shown.every((one) => one === undefined);
  }
}

function showBlock(block: ContentBlock): HTMLElement | undefined {
  switch (block.type) {
    case 'text':
      return block.text === '' ? undefined : element('div', { class: 'text' }, block.text);
    case 'reasoning':
      return showReasoning([block.summary, ...(block.details ?? [])].join('\n'));
    case 'image':
    case 'audio':
    case 'video':
    case 'document': {
      const { url, file_id: file, filename, kind } = block.media;
      // The page fetches nothing from elsewhere, so it names what it does not show.
      return element('div', { class: 'chip' }, `${block.type}: ${filename ?? file ?? url ?? kind}`);
    }
    case 'error':
      return element('div', { class: 'text failed' }, block.message);
    case 'tool_call':
    case 'remote_tool_call':
    case 'tool_result':
    case 'data':
    case 'annotation':
      return element('pre', {}, showJson(block));
  }
}

function showReasoning(text: string): HTMLElement {
  return element(
    'details',
    { class: 'reasoning' },
    element('summary', {}, 'Reasoning'),
    element('div', { class: 'text' }, text),
  );
}
