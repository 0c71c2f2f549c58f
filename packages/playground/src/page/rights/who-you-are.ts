import type { MeActor } from '@agentflow/protocol';
import { now } from '../clock.js';
import { element, fill } from '../element.js';
import type { Session } from '../session/session.js';
import { tellTime } from '../tell-time.js';

/** Whom the server takes the caller for, by which means, and until when. */
export class WhoYouAre {
  readonly element = element('section', { class: 'who', with: { 'aria-label': 'Who you are' } });
  readonly #until = element('span');
  #expiresAt: string | null = null;
  readonly #change = element('button', { class: 'plain', with: { type: 'button' } });
  readonly #signOut = element('button', { class: 'plain', with: { type: 'button' } }, 'Sign out');
  readonly #buttons = element('div', { class: 'buttons' }, this.#change, this.#signOut);
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor({ signInAgain, signOut }: { readonly signInAgain: () => void; readonly signOut: () => void }) {
    this.#change.addEventListener('click', signInAgain);
    this.#signOut.addEventListener('click', signOut);
  }

  show({ me, hasCredential }: Pick<Session, 'me' | 'hasCredential'>): void {
    clearInterval(this.#timer);
    this.#change.textContent = hasCredential ? 'Change credential' : 'Use a credential';
    this.#signOut.hidden = !hasCredential;
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
          element('small', {}, hasCredential ? `vouched for by ${me.method}` : 'without a credential'),
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

  /** Nobody looks at it any more. */
  leave(): void {
    clearInterval(this.#timer);
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
