/** The same ring in plain TypeScript: FNV-1a of the key, sorted points in typed arrays, an index by the top bits. */

const BITS = 15;

export class HashRingTwin {
  readonly #nodes: readonly string[];
  readonly #values: Uint32Array;
  readonly #owners: Uint16Array;
  readonly #index = new Uint32Array((1 << BITS) + 1);

  constructor(nodes: readonly string[], virtualNodes: number) {
    this.#nodes = nodes;
    const points: [number, number][] = [];
    nodes.forEach((node, owner) => {
      for (let i = 0; i < virtualNodes; i++) points.push([hash(`${node}-${i}`), owner]);
    });
    points.sort((a, b) => a[0] - b[0]);
    this.#values = Uint32Array.from(points, ([value]) => value);
    this.#owners = Uint16Array.from(points, ([, owner]) => owner);
    let at = 0;
    for (let bucket = 0; bucket < this.#index.length; bucket++) {
      while (at < points.length && (this.#values[at] as number) >>> (32 - BITS) < bucket) at++;
      this.#index[bucket] = at;
    }
  }

  get(key: string): string {
    const position = hash(key);
    const values = this.#values;
    let at = this.#index[position >>> (32 - BITS)] as number;
    while (at < values.length && (values[at] as number) < position) at++;
    return this.#nodes[this.#owners[at === values.length ? 0 : at] as number] as string;
  }
}

/** FNV-1a over UTF-16 units, and murmur3's finalizer, without which its top bits are poor. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
