import type { Auth } from '@agentflow/client';
import { element, fill } from './element.js';
import { Modal } from './modal.js';
import { readRefusal } from './refusals/read-refusal.js';
import { refusalCard } from './refusals/refusal-card.js';
import { wayOf } from './session/credential.js';
import { askForSchemes, connect, isSamePrincipal, type Session } from './session/session.js';
import { SignInForm } from './sign-in/sign-in-form.js';
import { brand, Workspace } from './workspace.js';

/** What the server has said that it asks for. */
let schemes: readonly string[] = [];
let workspace: Workspace | undefined;

/** A card that says why not; undefined once they are in. */
async function signIn(auth: Auth | undefined, enter: (session: Session) => void): Promise<HTMLElement | undefined> {
  try {
    enter(await connect(auth));
    return undefined;
  } catch (error) {
    return refusalCard(readRefusal(error, 'Sign in', { me: undefined, hasCredential: auth !== undefined }));
  }
}

function showSignIn(): void {
  workspace?.leave();
  workspace = undefined;
  const form = new SignInForm((auth) => signIn(auth, enter));
  const way = wayOf(schemes);
  if (way !== undefined) form.prefer(way);
  const asked = schemes.flatMap((scheme, index) => [
    index === 0 ? 'The server asks for ' : ' or ',
    element('code', {}, scheme),
  ]);
  fill(
    document.body,
    element(
      'main',
      { class: 'entrance' },
      brand(),
      element('p', { class: 'lead' }, 'Talk to your graph as somebody, and see what they may do.'),
      asked.length > 0 && element('p', { class: 'hint' }, ...asked),
      form.element,
      element('p', { class: 'hint' }, 'A credential stays in the memory of this page. A reload forgets it.'),
    ),
  );
  form.focus();
}

/** Over the page, so that whatever is on it stays; for the same person, that is. */
function signInAgain(): void {
  const modal = new Modal('Sign in again');
  const form = new SignInForm((auth) =>
    signIn(auth, (session) => {
      modal.close();
      enter(session);
    }),
  );
  const way = wayOf(schemes);
  if (way !== undefined) form.prefer(way);
  modal.add(form.element);
  modal.open();
  form.focus();
}

function enter(session: Session): void {
  if (workspace !== undefined && isSamePrincipal(workspace.session.me, session.me)) {
    workspace.renew(session);
    return;
  }
  // What is another's does not stay on the page.
  workspace?.leave();
  workspace = new Workspace(session, { signInAgain, signOut: showSignIn });
  fill(document.body, workspace.element);
}

async function begin(): Promise<void> {
  try {
    const asked = await askForSchemes();
    if (asked === undefined) {
      enter(await connect(undefined));
      return;
    }
    schemes = asked;
  } catch {
    // The form says so, as soon as somebody tries.
  }
  showSignIn();
}

void begin();
