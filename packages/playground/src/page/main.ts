import { element, fill } from './element.js';
import { Modal } from './modal.js';
import { readRefusal } from './refusals/read-refusal.js';
import { refusalCard } from './refusals/refusal-card.js';
import {
  askForMethods,
  askForSchemes,
  connect,
  connectByCookie,
  type Entry,
  isSamePrincipal,
  type Session,
} from './session/session.js';
import { Entrance, type Offer } from './sign-in/entrance.js';
import { brand, Workspace } from './workspace.js';

/** What the server has said that it asks for. */
let offer: Offer = { methods: { password: false, providers: [] }, schemes: [] };
let workspace: Workspace | undefined;

/** A card that says why not; undefined once they are in. */
async function signIn(entry: Entry, enter: (session: Session) => void): Promise<HTMLElement | undefined> {
  try {
    enter(await connect(entry));
    return undefined;
  } catch (error) {
    const asker = { me: undefined, hasCredential: entry.by !== 'nothing', by: entry.by };
    return refusalCard(readRefusal(error, 'Sign in', asker));
  }
}

function showSignIn(): void {
  workspace?.leave();
  workspace = undefined;
  const { methods, schemes } = offer;
  const entrance = new Entrance(offer, (entry) => signIn(entry, enter));
  const asked = schemes.flatMap((scheme, index) => [
    index === 0 ? 'The server asks for ' : ' or ',
    element('code', {}, scheme),
  ]);
  const isOffered = methods.password || methods.providers.length > 0;
  fill(
    document.body,
    element(
      'main',
      { class: 'entrance' },
      brand(),
      element('p', { class: 'lead' }, 'Talk to your graph as somebody, and see what they may do.'),
      asked.length > 0 && !isOffered && element('p', { class: 'hint' }, ...asked),
      entrance.element,
      element('p', { class: 'hint' }, whatIsKept(methods.providers.length > 0)),
    ),
  );
  entrance.focus();
}

function whatIsKept(hasProviders: boolean): string {
  const kept = 'What is typed here stays in the memory of this page. A reload forgets it.';
  return hasProviders ? `${kept} With a provider, the browser stays signed in until you sign out.` : kept;
}

/** Over the page, so that whatever is on it stays; for the same person, that is. */
function signInAgain(): void {
  const modal = new Modal('Sign in again');
  const entrance = new Entrance(offer, (entry) =>
    signIn(entry, (session) => {
      modal.close();
      enter(session);
    }),
  );
  entrance.suggest(workspace?.session.me?.username);
  modal.add(entrance.element);
  modal.open();
  entrance.focus();
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

/** Whoever the browser has signed in before is in at once, and so is everybody where nobody is asked. */
async function begin(): Promise<void> {
  try {
    const methods = await askForMethods();
    offer = { methods, schemes: [] };
    const known = methods.providers.length > 0 ? await connectByCookie() : undefined;
    const schemes = known === undefined ? await askForSchemes() : [];
    if (known !== undefined || schemes === undefined) {
      enter(known ?? (await connect({ by: 'nothing' })));
      return;
    }
    offer = { methods, schemes };
  } catch {
    // The form says so, as soon as somebody tries.
  }
  showSignIn();
}

void begin();
