/** How the rules that match are put together to one answer. */
export type Effect = 'allow' | 'deny' | 'allow-and-deny' | 'priority' | 'subject-priority';

/** As Casbin writes them, without white space. */
const effects: Readonly<Record<string, Effect>> = {
  'some(where(p.eft==allow))': 'allow',
  '!some(where(p.eft==deny))': 'deny',
  'some(where(p.eft==allow))&&!some(where(p.eft==deny))': 'allow-and-deny',
  'priority(p.eft)||deny': 'priority',
  'subjectPriority(p.eft)||deny': 'subject-priority',
};

export const effectTexts: readonly string[] = [
  'some(where (p.eft == allow))',
  'some(where (p.eft == allow)) && !some(where (p.eft == deny))',
  'priority(p.eft) || deny',
  'subjectPriority(p.eft) || deny',
];

/** Undefined for one that is not known. `p_eft` is what Casbin makes of `p.eft`. */
export function effectNamed(text: string): Effect | undefined {
  const plain = text.replace(/\s/g, '').replace(/\bp\d*[._]eft\b/g, 'p.eft');
  return Object.hasOwn(effects, plain) ? effects[plain] : undefined;
}
