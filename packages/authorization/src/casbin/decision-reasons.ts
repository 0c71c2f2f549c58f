/* What the log and the audit trail say of a decision, and what is read there again. */

export const deniedByDefault = 'no rule of the policy allows it';

/** @param place `policy.csv:3` */
export function deniedBy(place: string): string {
  return `${place} denies it`;
}
