type Child = Node | string | null | undefined | false;

export interface Properties {
  readonly class?: string | undefined;
  /** Attributes by their names; `true` is one without a value, `false` and undefined are none. */
  readonly with?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly on?: { readonly [E in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[E]) => void };
}

/** Makes an element. A text becomes a text node: nothing here reads HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, with: attributes = {}, on = {} }: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, listener] of Object.entries(on)) made.addEventListener(name, listener as EventListener);
  fill(made, ...children);
  return made;
}

/** Puts these in the place of whatever an element holds. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
}

/** For those who listen to the page instead of looking at it. */
export function unseen(text: string): HTMLElement {
  return element('span', { class: 'unseen' }, text);
}

let made = 0;

/** An id that nothing else on the page has, to tie a label to its field. */
export function uniqueId(name: string): string {
  made += 1;
  return `${name}-${made}`;
}
