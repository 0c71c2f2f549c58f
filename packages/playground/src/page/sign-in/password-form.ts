import { element } from '../element.js';
import { labelled, secretInput, textInput } from './fields.js';
import type { SignIn } from './sign-in-form.js';
import { SubmitButton } from './submit-button.js';

/** Takes a name and a password, for a session of this server's own. */
export class PasswordForm {
  readonly element: HTMLFormElement;
  readonly #username = textInput({ autocomplete: 'username' });
  readonly #password = secretInput({ autocomplete: 'current-password' });

  constructor(signIn: SignIn) {
    const submit = new SubmitButton('Sign in', 'Signing in …');
    const problems = element('div', { class: 'problems' });
    this.element = element(
      'form',
      { class: 'with-password', with: { novalidate: true, 'aria-label': 'Sign in' } },
      labelled('Username', this.#username),
      labelled('Password', this.#password),
      submit.element,
      problems,
    );
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      void submit
        .during(problems, () => this.#signIn(signIn))
        .then(() => {
          if (this.element.isConnected) this.#password.focus();
        });
    });
  }

  /** Whoever signs in again has a name already. */
  suggest(username: string): void {
    this.#username.value = username;
  }

  focus(): void {
    (this.#username.value === '' ? this.#username : this.#password).focus();
  }

  async #signIn(signIn: SignIn): Promise<HTMLElement | undefined> {
    const problem = await signIn({
      ...{ by: 'password', username: this.#username.value.trim(), password: this.#password.value },
    });
    // What is typed is not kept longer than it is needed; and whoever has mistyped it types it again.
    this.#password.value = '';
    return problem;
  }
}
