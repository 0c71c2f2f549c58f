/** Whether a name is written as policies write a principal's (`user:alice`, `user@…|alice`, `user#…|alice`). All others are roles'. */
export function isSubjectName(name: string): boolean {
  return /^user[:@#]/.test(name);
}

/** What a role must not be called: it would be taken for a principal, or for everybody. */
export function isRoleName(name: string): boolean {
  return name !== '*' && !isSubjectName(name);
}
