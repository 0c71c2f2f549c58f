import { element, fill, uniqueId } from '../element.js';
import { type SignInFields, type SignInWay, signInWays, toEntry } from '../session/credential.js';
import type { Entry } from '../session/session.js';
import { labelled, secretInput, textInput } from './fields.js';
import { SubmitButton } from './submit-button.js';

/** Tries to come in: what is shown where that is refused, and undefined where it is not. */
export type SignIn = (entry: Entry) => Promise<HTMLElement | undefined>;

const titles: Readonly<Record<SignInWay, string>> = {
  bearer: 'Bearer token',
  key: 'API key',
  basic: 'Basic',
  none: 'None',
};

/** Takes a credential. What is typed stays in its fields, in memory, and goes nowhere but into the header of a request. */
export class SignInForm {
  readonly element: HTMLFormElement;
  readonly #ways: readonly { readonly way: SignInWay; readonly radio: HTMLInputElement }[];
  readonly #fields = element('div', { class: 'fields' });
  readonly #problems = element('div', { class: 'problems' });
  readonly #submit = new SubmitButton('Connect', 'Connecting …');
  readonly #inputs = {
    token: secretInput({ placeholder: 'Paste a token' }),
    keyHeader: textInput({ placeholder: 'X-API-Key' }),
    key: secretInput({ placeholder: 'Paste a key' }),
    username: textInput(),
    password: secretInput(),
  };

  constructor(signIn: SignIn) {
    this.#inputs.keyHeader.value = 'X-API-Key';
    const name = uniqueId('way');
    this.#ways = signInWays.map((way) => {
      const attributes = { type: 'radio', name, value: way, id: uniqueId('way') };
      return { way, radio: element('input', { with: attributes, on: { change: () => this.#showFields() } }) };
    });
    const choices = this.#ways.flatMap(({ way, radio }) => [
      radio,
      element('label', { with: { for: radio.id } }, titles[way]),
    ]);
    this.element = element(
      'form',
      { class: 'sign-in', with: { autocomplete: 'off', novalidate: true } },
      element('fieldset', {}, element('legend', {}, 'Credential'), element('div', { class: 'ways' }, ...choices)),
      this.#fields,
      this.#submit.element,
      this.#problems,
    );
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit.during(this.#problems, () => signIn(toEntry(this.#way, this.#read())));
    });
    this.prefer('bearer');
  }

  prefer(way: SignInWay): void {
    for (const one of this.#ways) one.radio.checked = one.way === way;
    this.#showFields();
  }

  focus(): void {
    (this.#fields.querySelector('input') ?? this.#submit.element).focus();
  }

  get #way(): SignInWay {
    return this.#ways.find(({ radio }) => radio.checked)?.way ?? 'none';
  }

  #read(): SignInFields {
    const { token, keyHeader, key, username, password } = this.#inputs;
    return {
      token: token.value,
      ...{ keyHeader: keyHeader.value, key: key.value },
      ...{ username: username.value, password: password.value },
    };
  }

  #showFields(): void {
    const { token, keyHeader, key, username, password } = this.#inputs;
    const shown: Readonly<Record<SignInWay, readonly HTMLElement[]>> = {
      bearer: [labelled('Token', token), hint()],
      key: [labelled('Header', keyHeader), labelled('Key', key)],
      basic: [labelled('Username', username), labelled('Password', password)],
      none: [element('p', { class: 'hint' }, 'Requests carry no credential. See how the server takes it.')],
    };
    fill(this.#fields, ...shown[this.#way]);
  }
}

function hint(): HTMLElement {
  const command = element('code', {}, 'npx agentflow token --user alice');
  return element('p', { class: 'hint' }, 'On your laptop: ', command);
}
