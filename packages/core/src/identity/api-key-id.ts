/** What an issued key is called: no secret, and part of the key. Keys of the configuration are called as it says. */
const issuedKeyId = /^key_[a-z2-7]{16}$/;

/** Whether a credential is a key that was issued: by its id, which the trail has. */
export function isIssuedKeyId(credentialId: string | undefined): boolean {
  return credentialId !== undefined && issuedKeyId.test(credentialId);
}
