import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A pair of an issuer's, bound to one algorithm of RFC 7518 or RFC 8037. */
export interface KeyPair {
  readonly algorithm: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SPKI in PEM. */
  readonly pem: string;
  /** The public JWK with more members, such as `kid`. */
  jwk(more?: object): Record<string, unknown>;
  /** Any header and payload, as texts or objects, signed with the private key: also those that no honest issuer makes. */
  sign(payload: object | string, header?: object | string): string;
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

function generate(algorithm: string): Keys {
  const namedCurve = curves[algorithm];
  if (namedCurve !== undefined) return generateKeys('ec', { namedCurve });
  if (algorithm.startsWith('Ed')) return generateKeys('ed25519');
  return generateKeys('rsa', { modulusLength: 2048 });
}

export interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * Keys of any type of Node's. They are generated encoded and read again: Node 20 stands still for ever if it collects garbage while it
 * exports the JWK of a key which it has just generated.
 */
export function generateKeys(type: string, options: { namedCurve?: string; modulusLength?: number } = {}): Keys {
  const { privateKey } = generateKeyPairSync(type as 'ec', {
    ...(options as { namedCurve: string }),
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const read = createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' });
  return { privateKey: read, publicKey: createPublicKey(read) };
}

function signBytes(algorithm: string, data: string, key: KeyObject): Buffer {
  const bytes = Buffer.from(data);
  if (algorithm.startsWith('Ed')) return sign(null, bytes, key);
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith('ES')) return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm.startsWith('PS')) {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return sign(hash, bytes, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  }
  return sign(hash, bytes, key);
}

const encode = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A token signed as an algorithm says, by a key that need not have been made for it. */
export function signTokenWith(
  algorithm: string,
  key: KeyObject,
  payload: object | string,
  header: object | string = { alg: algorithm, typ: 'JWT' },
): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${signBytes(algorithm, signed, key).toString('base64url')}`;
}

export function createKeyPair(algorithm: string): KeyPair {
  const { privateKey, publicKey } = generate(algorithm);
  return {
    algorithm,
    privateKey,
    publicKey,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: (more = {}) => ({ ...publicKey.export({ format: 'jwk' }), ...more }),
    sign: (payload, header) => signTokenWith(algorithm, privateKey, payload, header),
  };
}
