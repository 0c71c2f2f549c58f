import type { Auth } from '@agentflow/client';
import { element, fill, uniqueId } from '../element.js';
import { type SignInFields, type SignInWay, signInWays, toAuth } from '../session/credential.js';

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
  readonly #submit = element('button', { class: 'primary wide', with: { type: 'submit' } }, 'Connect');
  readonly #inputs = {
    token: secretInput('Paste a token'),
    keyHeader: textInput('X-API-Key'),
    key: secretInput('Paste a key'),
    username: textInput(''),
    password: secretInput(''),
  };

  constructor(signIn: (auth: Auth | undefined) => Promise<HTMLElement | undefined>) {
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
      this.#submit,
      this.#problems,
    );
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#connect(signIn);
    });
    this.prefer('bearer');
  }

  prefer(way: SignInWay): void {
    for (const one of this.#ways) one.radio.checked = one.way === way;
    this.#showFields();
  }

  focus(): void {
    (this.#fields.querySelector('input') ?? this.#submit).focus();
  }

  async #connect(signIn: (auth: Auth | undefined) => Promise<HTMLElement | undefined>): Promise<void> {
    this.#submit.disabled = true;
    this.#submit.textContent = 'Connecting …';
    fill(this.#problems);
    const problem = await signIn(toAuth(this.#way, this.#read()));
    this.#submit.disabled = false;
    this.#submit.textContent = 'Connect';
    if (problem !== undefined) fill(this.#problems, problem);
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
      basic: [labelled('User name', username), labelled('Password', password)],
      none: [element('p', { class: 'hint' }, 'Requests carry no credential. See how the server takes it.')],
    };
    fill(this.#fields, ...shown[this.#way]);
  }
}

function hint(): HTMLElement {
  const command = element('code', {}, 'npx agentflow token --user alice');
  return element('p', { class: 'hint' }, 'On your laptop: ', command);
}

function textInput(placeholder: string): HTMLInputElement {
  return element('input', { with: { type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder } });
}

function secretInput(placeholder: string): HTMLInputElement {
  return element('input', { with: { type: 'password', autocomplete: 'off', spellcheck: 'false', placeholder } });
}

function labelled(text: string, input: HTMLInputElement): HTMLElement {
  input.id ||= uniqueId('field');
  const parts: HTMLElement[] = [element('label', { with: { for: input.id } }, text), input];
  if (input.dataset['secret'] !== undefined || input.type === 'password') parts.push(reveal(input));
  return element('div', { class: 'field' }, ...parts);
}

/** A secret is shown while somebody wants to see it. */
function reveal(input: HTMLInputElement): HTMLElement {
  input.dataset['secret'] = '';
  input.type = 'password';
  const button: HTMLButtonElement = element(
    'button',
    {
      class: 'quiet reveal',
      with: { type: 'button', 'aria-pressed': 'false' },
      on: {
        click: () => {
          const isShown = input.type === 'text';
          input.type = isShown ? 'password' : 'text';
          button.textContent = isShown ? 'Show' : 'Hide';
          button.setAttribute('aria-pressed', String(!isShown));
        },
      },
    },
    'Show',
  );
  return button;
}
