/** A roaring bitmap in plain TypeScript, with arrays and bits but no runs: what the kernel is measured against. */

const WORDS = 2048;
const MOST_IN_ARRAY = 4096;

/** Lower halves of one key: ascending, or as bits where there are many. */
interface Container {
  low: Uint16Array;
  bits: Uint32Array | undefined;
  count: number;
}

export class BitmapTwin {
  readonly #keys: number[] = [];
  readonly #containers: Container[] = [];

  get size(): number {
    let size = 0;
    for (const { count } of this.#containers) size += count;
    return size;
  }

  #find(key: number): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(value: number): void {
    const key = value >>> 16;
    const index = this.#find(key);
    if (this.#keys[index] === key) {
      addTo(this.#containers[index] as Container, value & 0xffff);
      return;
    }
    this.#keys.splice(index, 0, key);
    const low = new Uint16Array(4);
    low[0] = value;
    this.#containers.splice(index, 0, { low, bits: undefined, count: 1 });
  }

  has(value: number): boolean {
    const key = value >>> 16;
    const index = this.#find(key);
    return this.#keys[index] === key && hasIn(this.#containers[index] as Container, value & 0xffff);
  }

  and(other: BitmapTwin): BitmapTwin {
    const made = new BitmapTwin();
    for (const [i, key] of this.#keys.entries()) {
      const at = other.#find(key);
      if (other.#keys[at] === key) {
        made.#append(key, andOf(this.#containers[i] as Container, other.#containers[at] as Container));
      }
    }
    return made;
  }

  or(other: BitmapTwin): BitmapTwin {
    const made = new BitmapTwin();
    let [i, j] = [0, 0];
    while (i < this.#keys.length || j < other.#keys.length) {
      const a = this.#keys[i] ?? 65_536;
      const b = other.#keys[j] ?? 65_536;
      const ours = a <= b ? this.#containers[i++] : undefined;
      const theirs = b <= a ? other.#containers[j++] : undefined;
      if (ours && theirs) made.#append(a, orOf(ours, theirs));
      else made.#append(Math.min(a, b), copyOf((ours ?? theirs) as Container));
    }
    return made;
  }

  #append(key: number, container: Container): void {
    if (container.count === 0) return;
    this.#keys.push(key);
    this.#containers.push(container);
  }

  toArray(): Uint32Array {
    const out = new Uint32Array(this.size);
    let at = 0;
    for (const [i, key] of this.#keys.entries()) {
      const { low, bits, count } = this.#containers[i] as Container;
      const base = key * 65_536;
      if (bits === undefined) {
        for (let k = 0; k < count; k++) out[at++] = base + (low[k] as number);
        continue;
      }
      for (let word = 0; word < WORDS; word++) {
        for (let left = bits[word] as number; left !== 0; left &= left - 1) {
          out[at++] = base + (word << 5) + 31 - Math.clz32(left & -left);
        }
      }
    }
    return out;
  }
}

function lowerBound({ low, count }: Container, value: number): number {
  let [from, end] = [0, count];
  while (from < end) {
    const middle = (from + end) >>> 1;
    if ((low[middle] as number) < value) from = middle + 1;
    else end = middle;
  }
  return from;
}

function hasIn(container: Container, value: number): boolean {
  const { bits, low, count } = container;
  if (bits !== undefined) return (((bits[value >>> 5] as number) >>> (value & 31)) & 1) === 1;
  const at = lowerBound(container, value);
  return at < count && low[at] === value;
}

function addTo(container: Container, value: number): void {
  const { bits } = container;
  if (bits !== undefined) {
    const word = bits[value >>> 5] as number;
    const next = word | (1 << (value & 31));
    if (next === (word | 0)) return;
    bits[value >>> 5] = next;
    container.count++;
    return;
  }
  const at = lowerBound(container, value);
  if (at < container.count && container.low[at] === value) return;
  if (container.count === MOST_IN_ARRAY) {
    container.bits = bitsOf(container);
    container.low = new Uint16Array(0);
    addTo(container, value);
    return;
  }
  if (container.count === container.low.length) {
    const longer = new Uint16Array(Math.min(MOST_IN_ARRAY, 2 * container.count));
    longer.set(container.low);
    container.low = longer;
  }
  container.low.copyWithin(at + 1, at, container.count);
  container.low[at] = value;
  container.count++;
}

function bitsOf({ low, bits, count }: Container): Uint32Array {
  if (bits !== undefined) return bits.slice();
  const made = new Uint32Array(WORDS);
  for (let i = 0; i < count; i++) {
    const value = low[i] as number;
    made[value >>> 5] = (made[value >>> 5] as number) | (1 << (value & 31));
  }
  return made;
}

function copyOf({ low, bits, count }: Container): Container {
  return { low: low.slice(0, bits === undefined ? count : 0), bits: bits?.slice(), count };
}

function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x5555_5555);
  x = (x & 0x3333_3333) + ((x >>> 2) & 0x3333_3333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** Bits, or an array where they are few. */
function suited(bits: Uint32Array): Container {
  let count = 0;
  for (let i = 0; i < WORDS; i++) count += popcount(bits[i] as number);
  if (count > MOST_IN_ARRAY) return { low: new Uint16Array(0), bits, count };
  const low = new Uint16Array(count);
  let at = 0;
  for (let word = 0; word < WORDS; word++) {
    for (let left = bits[word] as number; left !== 0; left &= left - 1) {
      low[at++] = (word << 5) + 31 - Math.clz32(left & -left);
    }
  }
  return { low, bits: undefined, count };
}

function andOf(a: Container, b: Container): Container {
  if (a.bits !== undefined && b.bits !== undefined) {
    const bits = new Uint32Array(WORDS);
    for (let i = 0; i < WORDS; i++) bits[i] = (a.bits[i] as number) & (b.bits[i] as number);
    return suited(bits);
  }
  const [few, many] = a.bits === undefined && (b.bits !== undefined || a.count <= b.count) ? [a, b] : [b, a];
  const low = new Uint16Array(few.count);
  let count = 0;
  let j = 0;
  for (let i = 0; i < few.count; i++) {
    const value = few.low[i] as number;
    if (many.bits === undefined) {
      while (j < many.count && (many.low[j] as number) < value) j++;
      if (j < many.count && many.low[j] === value) low[count++] = value;
    } else if (hasIn(many, value)) {
      low[count++] = value;
    }
  }
  return { low: low.slice(0, count), bits: undefined, count };
}

function orOf(a: Container, b: Container): Container {
  if (a.bits !== undefined || b.bits !== undefined || a.count + b.count > MOST_IN_ARRAY) {
    const bits = bitsOf(a);
    const other = b.bits ?? bitsOf(b);
    for (let i = 0; i < WORDS; i++) bits[i] = (bits[i] as number) | (other[i] as number);
    return suited(bits);
  }
  const low = new Uint16Array(a.count + b.count);
  let [i, j, count] = [0, 0, 0];
  while (i < a.count || j < b.count) {
    const x = i < a.count ? (a.low[i] as number) : 65_536;
    const y = j < b.count ? (b.low[j] as number) : 65_536;
    low[count++] = Math.min(x, y);
    if (x <= y) i++;
    if (y <= x) j++;
  }
  return { low: low.slice(0, count), bits: undefined, count };
}
