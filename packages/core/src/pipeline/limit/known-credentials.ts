/** A credential at one address by another name, under which nobody can try what it is. */
export type CredentialName = string;

/** Credentials that were good when they were last presented at an address: they are not among the guesses that others make there. */
export interface KnownCredentials {
  has(name: CredentialName): boolean;
  add(name: CredentialName): void;
  remove(name: CredentialName): void;
}

const most = 20_000;

/** The oldest is forgotten first. */
export function createKnownCredentials(): KnownCredentials {
  const names = new Set<CredentialName>();
  return {
    has: (name) => names.has(name),
    remove: (name) => void names.delete(name),
    add(name) {
      if (names.has(name)) return;
      names.add(name);
      if (names.size <= most) return;
      const oldest = names.values().next();
      if (oldest.done !== true) names.delete(oldest.value);
    },
  };
}
