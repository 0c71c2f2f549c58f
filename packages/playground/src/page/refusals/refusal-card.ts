import { element, unseen } from '../element.js';
import { icon } from '../icons.js';
import { clockTime } from '../tell-time.js';
import type { Refusal } from './read-refusal.js';

export interface RefusalActions {
  readonly signIn?: (() => void) | undefined;
  readonly isDismissible?: boolean;
}

/** Shows why something was refused: what was tried, what the server said, what that means, and what finds it in the log. */
export function refusalCard(refusal: Refusal, { signIn, isDismissible = false }: RefusalActions = {}): HTMLElement {
  const { status, title, code, tried, message, meaning, permission, challenges, requestId, details, time } = refusal;
  const kind = status === 401 || status === 403 ? 'refusal' : 'failure';
  const card: HTMLElement = element(
    'article',
    { class: `card ${kind} status-${status}`, with: { role: 'alert' } },
    element(
      'header',
      {},
      element('span', { class: 'badge status' }, status === 0 ? '—' : String(status)),
      element('strong', {}, title),
      element('span', { class: 'tried' }, tried),
      isDismissible && dismissButton(() => card.remove()),
    ),
    message !== code && element('p', { class: 'sentence' }, message),
    element('p', { class: 'meaning' }, meaning),
    details.length > 0 && element('ul', {}, ...details.map((detail) => element('li', {}, detail))),
    element(
      'dl',
      { class: 'facts' },
      ...fact('Code', code),
      ...fact('Missing permission', permission, 'permission'),
      ...challenges.flatMap((challenge) => fact('Challenge', challenge)),
      ...fact('Request id', requestId, 'request-id'),
      ...fact('At', clockTime(time)),
    ),
    signIn !== undefined &&
      status === 401 &&
      element('button', { class: 'primary', with: { type: 'button' }, on: { click: signIn } }, 'Sign in again'),
  );
  return card;
}

export function dismissButton(dismiss: () => void): HTMLElement {
  const properties = { class: 'quiet', with: { type: 'button' }, on: { click: dismiss } };
  return element('button', properties, icon('cross'), unseen('Dismiss'));
}

function fact(name: string, value: string | undefined, className?: string): HTMLElement[] {
  if (value === undefined) return [];
  return [element('dt', {}, name), element('dd', { class: className }, element('code', {}, value))];
}
