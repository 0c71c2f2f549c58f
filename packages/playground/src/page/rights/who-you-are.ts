import type { MeActor } from '@agentflow/protocol';
import { now } from '../clock.js';
import { element, fill } from '../element.js';
import type { Session } from '../session/session.js';
import { tellTime } from '../tell-time.js';

export interface WhoYouAreParts {
  readonly signInAgain: () => void;
  readonly signOut: () => void;
  readonly signOutEverywhere: () => void;
}

/** Whom the server takes the caller for, by which means, and until when. */
export class WhoYouAre {
  readonly element = element('section', { class: 'who', with: { 'aria-label': 'Who you are' } });
  readonly #until = element('span');
  #expiresAt: string | null = null;
  #endless = '';
  readonly #change = element('button', { class: 'plain', with: { type: 'button' } });
  readonly #signOut = element('button', { class: 'plain', with: { type: 'button' } }, 'Sign out');
  readonly #everywhere = element('button', { class: 'plain', with: { type: 'button' } }, 'Sign out everywhere');
  readonly #buttons = element('div', { class: 'buttons' }, this.#change, this.#signOut, this.#everywhere);
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(parts: WhoYouAreParts) {
    this.#change.addEventListener('click', parts.signInAgain);
    this.#signOut.addEventListener('click', parts.signOut);
    this.#everywhere.addEventListener('click', parts.signOutEverywhere);
  }

  show({ me, hasCredential, isSignedIn }: Pick<Session, 'me' | 'hasCredential' | 'isSignedIn'>): void {
    clearInterval(this.#timer);
    this.#change.textContent = hasCredential ? 'Change credential' : 'Use a credential';
    this.#change.hidden = isSignedIn;
    this.#signOut.hidden = !hasCredential;
    this.#everywhere.hidden = !isSignedIn;
    if (me === undefined) {
      const why = 'The server knows you, but does not let you ask who you are.';
      fill(this.element, element('h2', {}, 'You'), element('p', { class: 'nothing' }, why), this.#buttons);
      return;
    }
    // A session has its next token before this one ends.
    this.#expiresAt = isSignedIn ? null : me.expires_at;
    this.#endless = isSignedIn ? 'when you sign out, or are away for long' : 'not by itself';
    this.#tellExpiry();
    this.#timer = setInterval(() => this.#tellExpiry(), 1000);
    const name = me.username ?? me.subject;
    fill(
      this.element,
      element('h2', {}, 'You'),
      element(
        'div',
        { class: 'principal' },
        element('span', { class: 'portrait', with: { 'aria-hidden': 'true' } }, name.slice(0, 1).toUpperCase()),
        element(
          'div',
          {},
          element('strong', { class: 'subject' }, name),
          element('small', {}, hasCredential ? `vouched for by ${me.method}` : 'without a credential'),
        ),
      ),
      element(
        'dl',
        { class: 'facts' },
        ...row('Roles', ...chips(me.roles, 'none')),
        ...row('Scopes', ...(me.scopes === null ? ['none: nothing is narrowed'] : chips(me.scopes, 'none at all'))),
        ...row('Ends', this.#until),
        ...(me.username === undefined ? [] : row('User', element('code', {}, me.subject))),
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
    const text = end === null ? this.#endless : isOver ? `expired ${tellTime(end)}` : tellTime(end);
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
