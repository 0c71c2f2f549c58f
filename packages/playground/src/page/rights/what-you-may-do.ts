import { actionsByResource, type Permission } from '@agentflow/protocol';
import { element, fill, unseen } from '../element.js';
import { icon } from '../icons.js';

const names: Readonly<Record<string, string>> = {
  graph: 'Graph',
  checkpointer: 'Threads',
  store: 'Memories',
  files: 'Files',
  run: 'Runs',
  node: 'Nodes',
  tool: 'Tools',
};

/** Every permission that there is, and whether the caller has it: those of everyday work open, all others folded away. */
export class WhatYouMayDo {
  readonly element = element('section', { class: 'may', with: { 'aria-label': 'What you may do' } });

  show(permissions: readonly Permission[] | undefined): void {
    if (permissions === undefined) {
      fill(this.element);
      return;
    }
    const held: ReadonlySet<string> = new Set(permissions);
    const all = Object.entries(actionsByResource);
    const rows = (isEveryday: boolean) =>
      all
        .filter(([resource]) => resource in names === isEveryday)
        .map(([resource, actions]) => row(resource, actions, held));
    fill(
      this.element,
      element('h2', {}, 'What you may do'),
      element('ul', { class: 'permissions' }, ...rows(true)),
      element(
        'details',
        {},
        element('summary', {}, 'Everything else'),
        element('ul', { class: 'permissions' }, ...rows(false)),
      ),
    );
  }
}

function row(resource: string, actions: readonly string[], held: ReadonlySet<string>): HTMLElement {
  const marks = actions.map((action) => {
    const may = held.has(`${resource}:${action}`);
    return element(
      'span',
      {
        class: may ? 'permission held' : 'permission missing',
        with: { 'data-permission': `${resource}:${action}`, title: `${resource}:${action}` },
      },
      icon(may ? 'check' : 'cross'),
      action,
      unseen(may ? ' (allowed)' : ' (not allowed)'),
    );
  });
  return element(
    'li',
    {},
    element('span', { class: 'resource' }, names[resource] ?? resource),
    element('span', { class: 'actions' }, ...marks),
  );
}
