/** A field is missing or of the wrong type. The message names the field, never its value. */
export class PrincipalFieldError extends Error {
  override readonly name = 'PrincipalFieldError';
}
