/**
 * Hashes of any JavaScript keys, for ghosts and the frequency sketch: equal for keys that a Map takes for one.
 *
 * Numbers and bigints by value, strings and symbols by content (of the description), objects and functions by identity:
 * each gets a number when it is first seen, held in a WeakMap. The hashes are the same in every run where objects come in
 * the same order.
 *
 * Who knows the seed can choose keys that collide. Where a result does not depend on the hash, the seed is to be random.
 */
export class KeyHasher {
  readonly #seed: number;
  readonly #identities = new WeakMap<object, number>();
  #objects = 0;

  /** @param seed any integer; default 0 */
  constructor(seed = 0) {
    this.#seed = seed | 0;
  }

  /** 32 bits, as a signed integer. O(length) for strings, O(1) for all else. */
  hash(key: unknown): number {
    switch (typeof key) {
      case 'number':
        return ofNumber(key, this.#seed);
      case 'string':
        return ofString(key, this.#seed);
      case 'object':
      case 'function':
        return key === null ? mixed(0x6e75_6c6c ^ this.#seed) : this.#ofObject(key);
      case 'bigint':
        return ofBigInt(key, this.#seed);
      case 'symbol':
        return mixed(ofString(key.description ?? '', this.#seed) + 1);
      case 'boolean':
        return mixed((key ? 0x7472_7565 : 0x6661_6c73) ^ this.#seed);
      default:
        return mixed(0x756e_6465 ^ this.#seed);
    }
  }

  #ofObject(key: object): number {
    let identity = this.#identities.get(key);
    if (identity === undefined) {
      identity = ++this.#objects;
      this.#identities.set(key, identity);
    }
    return mixed(identity ^ 0x6f62_6a65 ^ this.#seed);
  }
}

const double = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Int32Array(double.buffer);

function ofNumber(value: number, seed: number): number {
  const integer = value | 0;
  // Also −0, which a Map takes for 0.
  if (integer === value) return mixed(integer ^ seed);
  double[0] = value;
  return mixed((words[0] as number) ^ Math.imul((words[1] as number) ^ seed, 0x9e37_79b1));
}

/** FNV-1a over the code units. */
function ofString(text: string, seed: number): number {
  let hash = 0x811c_9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return mixed(hash);
}

function ofBigInt(value: bigint, seed: number): number {
  let hash = seed ^ (value < 0n ? 0x6269_6769 : 0x6769_6269);
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n) {
    hash = mixed(hash ^ Number(BigInt.asIntN(32, rest)));
  }
  return hash;
}

/** Spreads every bit over all (Wellons' two-round mixer, "lowbias32"). */
export function mixed(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x7feb_352d);
  h = Math.imul(h ^ (h >>> 15), 0x846c_a68b);
  return h ^ (h >>> 16);
}
