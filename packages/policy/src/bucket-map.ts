const bucketBits = 6;

/** Spreads whatever hashes come, also those that differ by a round number. */
const spread = 0x9e3779b1;

/**
 * A map that never changes: one with other entries shares all buckets with it that they are not in. So a change copies a 64th
 * of it.
 */
export class BucketMap<K, V extends object | true> {
  readonly #hash: (key: K) => number;
  readonly #buckets: readonly (ReadonlyMap<K, V> | undefined)[];
  readonly size: number;

  private constructor(
    hash: (key: K) => number,
    buckets: readonly (ReadonlyMap<K, V> | undefined)[] = [],
    size: number = 0,
  ) {
    this.#hash = hash;
    this.#buckets = buckets;
    this.size = size;
  }

  /** @param hash any number; where it is the same for many keys, a change copies more */
  static empty<K, V extends object | true>(hash: (key: K) => number): BucketMap<K, V> {
    return new BucketMap(hash);
  }

  get(key: K): V | undefined {
    return this.size === 0 ? undefined : this.#buckets[this.#bucketOf(key)]?.get(key);
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  with(entries: Iterable<readonly [key: K, value: V]>): BucketMap<K, V> {
    const changed = new Map<number, Map<K, V>>();
    for (const [key, value] of entries) {
      const at = this.#bucketOf(key);
      const bucket = changed.get(at) ?? new Map(this.#buckets[at]);
      changed.set(at, bucket.set(key, value));
    }
    let { size } = this;
    for (const [at, bucket] of changed) size += bucket.size - (this.#buckets[at]?.size ?? 0);
    const buckets = Array.from({ length: 2 ** bucketBits }, (_, at) => changed.get(at) ?? this.#buckets[at]);
    return new BucketMap(this.#hash, buckets, size);
  }

  /** In no order. */
  *entries(): Generator<readonly [key: K, value: V]> {
    for (const bucket of this.#buckets) if (bucket !== undefined) yield* bucket;
  }

  #bucketOf(key: K): number {
    return bucketOf(this.#hash(key));
  }
}

export function bucketOf(hash: number): number {
  return Math.imul(hash, spread) >>> (32 - bucketBits);
}
