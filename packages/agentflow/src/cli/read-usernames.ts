import { localRealm, type OwnerKey, type Stores } from '@agentflow/core';

/** Of those of the owners that are users here, by their subjects. */
export async function readUsernames(
  owned: readonly { readonly owner: OwnerKey }[],
  { users }: Pick<Stores, 'users'>,
): Promise<ReadonlyMap<string, string>> {
  const subjects = new Set(owned.filter(({ owner }) => owner.realm === localRealm).map(({ owner }) => owner.subject));
  const names = new Map<string, string>();
  for (const subject of subjects) {
    const user = await users.find(subject);
    if (user !== undefined) names.set(subject, user.username);
  }
  return names;
}
