import { actionsByResource, type MeResponse } from '@agentflow/protocol';
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

interface Held {
  readonly all: ReadonlySet<string>;
  /** With what is the caller's own. */
  readonly own: ReadonlySet<string>;
}

/** Every permission that there is, and whether the caller has it: those of everyday work open, all others folded away. */
export class WhatYouMayDo {
  readonly element = element('section', { class: 'may', with: { 'aria-label': 'What you may do' } });

  show(me: Pick<MeResponse, 'permissions' | 'own_permissions'> | undefined): void {
    if (me === undefined) {
      fill(this.element);
      return;
    }
    const { permissions, own_permissions: own } = me;
    const held: Held = { all: new Set<string>(permissions), own: new Set<string>(own) };
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

function row(resource: string, actions: readonly string[], held: Held): HTMLElement {
  const marks = actions.map((action) => {
    const permission = `${resource}:${action}`;
    const isOwnOnly = held.own.has(permission) && !held.all.has(permission);
    const may = isOwnOnly || held.all.has(permission);
    return element(
      'span',
      {
        class: may ? 'permission held' : 'permission missing',
        with: { 'data-permission': permission, title: isOwnOnly ? `${permission}, of your own` : permission },
      },
      icon(may ? 'check' : 'cross'),
      action,
      unseen(isOwnOnly ? ' (allowed, of your own)' : may ? ' (allowed)' : ' (not allowed)'),
    );
  });
  return element(
    'li',
    {},
    element('span', { class: 'resource' }, names[resource] ?? resource),
    element('span', { class: 'actions' }, ...marks),
  );
}
