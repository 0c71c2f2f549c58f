import type { MeActor, MeResponse } from '@agentflow/protocol';
import { now } from '../clock.js';
import { element, fill } from '../element.js';
import { tellTime } from '../tell-time.js';

/** Whom the server takes the caller for, by which means, and until when. */
export class WhoYouAre {
  readonly element = element('section', { class: 'who', with: { 'aria-label': 'Who you are' } });
  readonly #until = element('span');
  #expiresAt: string | null = null;
  readonly #buttons: HTMLElement;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor({ signInAgain, signOut }: { readonly signInAgain: () => void; readonly signOut: () => void }) {
    const button = (text: string, click: () => void) =>
      element('button', { class: 'plain', with: { type: 'button' }, on: { click } }, text);
    this.#buttons = element(
      'div',
      { class: 'buttons' },
      button('Change credential', signInAgain),
      button('Sign out', signOut),
    );
  }

  show(me: MeResponse | undefined): void {
    clearInterval(this.#timer);
    if (me === undefined) {
      const why = 'The server knows you, but does not let you ask who you are.';
      fill(this.element, element('h2', {}, 'You'), element('p', { class: 'nothing' }, why), this.#buttons);
      return;
    }
    this.#expiresAt = me.expires_at;
    this.#tellExpiry();
    this.#timer = setInterval(() => this.#tellExpiry(), 1000);
    fill(
      this.element,
      element('h2', {}, 'You'),
      element(
        'div',
        { class: 'principal' },
        element('span', { class: 'portrait', with: { 'aria-hidden': 'true' } }, me.subject.slice(0, 1).toUpperCase()),
        element(
          'div',
          {},
          element('strong', { class: 'subject' }, me.subject),
          element('small', {}, `vouched for by ${me.method}`),
        ),
      ),
      element(
        'dl',
        { class: 'facts' },
        ...row('Roles', ...chips(me.roles, 'none')),
        ...row('Scopes', ...(me.scopes === null ? ['none: nothing is narrowed'] : chips(me.scopes, 'none at all'))),
        ...row('Ends', this.#until),
        ...row('Realm', element('code', {}, me.realm)),
        ...row('Tenant', element('code', {}, me.tenant)),
        ...(me.actor === null ? [] : row('Acting for you', ...chips(chain(me.actor), ''))),
      ),
      this.#buttons,
    );
  }

  #tellExpiry(): void {
    const end = this.#expiresAt;
    const isOver = end !== null && new Date(end).getTime() <= now();
    this.#until.className = isOver ? 'over' : '';
    const text = end === null ? 'not by itself' : isOver ? `expired ${tellTime(end)}` : tellTime(end);
    if (this.#until.textContent !== text) this.#until.textContent = text;
  }
}

/** Whoever acts, and who has acted before them. */
function chain(actor: MeActor): string[] {
  return [actor.sub, ...(actor.actor === undefined ? [] : chain(actor.actor))];
}

function row(name: string, ...values: readonly (Node | string)[]): HTMLElement[] {
  return [element('dt', {}, name), element('dd', {}, ...values)];
}

function chips(values: readonly string[], nothing: string): (Node | string)[] {
  if (values.length === 0) return [nothing];
  return values.map((value) => element('span', { class: 'chip' }, value));
}
