import type { SignInMethodsResponse } from '@agentflow/protocol';
import { element } from '../element.js';
import { wayOf } from '../session/credential.js';
import { PasswordForm } from './password-form.js';
import { providerLinks } from './provider-links.js';
import { type SignIn, SignInForm } from './sign-in-form.js';

/** What the server offers. */
export interface Offer {
  readonly methods: SignInMethodsResponse;
  /** How it asks to be authenticated to. */
  readonly schemes: readonly string[];
}

/** The ways in: those of the server itself first, and whoever brings a credential along finds where to put it. */
export class Entrance {
  readonly element: HTMLElement;
  readonly #password: PasswordForm | undefined;
  readonly #credential: SignInForm;

  constructor({ methods, schemes }: Offer, signIn: SignIn) {
    this.#credential = new SignInForm(signIn);
    const way = wayOf(schemes);
    if (way !== undefined) this.#credential.prefer(way);
    const { password, providers } = methods;
    if (password) this.#password = new PasswordForm(signIn);
    const links = providers.length > 0 ? providerLinks(providers) : undefined;
    if (this.#password === undefined && links === undefined) {
      this.element = element(
        'div',
        { class: 'ways-in' },
        element('div', { class: 'way-in' }, this.#credential.element),
      );
      return;
    }
    const or = links !== undefined && this.#password !== undefined && element('p', { class: 'or' }, 'or');
    this.element = element(
      'div',
      { class: 'ways-in' },
      element('div', { class: 'way-in' }, links, or, this.#password?.element),
      element(
        'details',
        { class: 'way-in other' },
        element('summary', {}, 'Use a token or a key instead'),
        this.#credential.element,
      ),
    );
  }

  suggest(username: string | undefined): void {
    if (username !== undefined) this.#password?.suggest(username);
  }

  focus(): void {
    const first = this.#password ?? this.element.querySelector('a') ?? this.#credential;
    first.focus();
  }
}
