/* What the log and the audit trail say of a decision, and what is read there again. */

export const deniedByDefault = 'no rule of the policy allows it';

/** Of a question about all that there are. */
export const deniedOfAny = 'no rule of the policy allows any of them';

/** @param place `policy.csv:3`, or the file alone where no single rule decided */
export function allowedBy(place: string): string {
  return `${place} allows it`;
}

/** @param place `policy.csv:3` */
export function deniedBy(place: string): string {
  return `${place} denies it`;
}

export function allowsAll(file: string): string {
  return `${file} allows all of them`;
}

export function allowsSome(file: string): string {
  return `${file} allows some of them`;
}
