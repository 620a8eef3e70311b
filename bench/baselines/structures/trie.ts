/** The twin of `RadixTrie` in plain TypeScript: labels are strings, children stand in a `Map` by their first character. */

class Node {
  value: number | undefined;
  children: Map<number, Node> | undefined;

  constructor(public label: string) {}
}

export class RadixTrieTwin {
  readonly #root = new Node('');

  /** The node at which a key ends, or in whose label a prefix does. */
  #find(key: string, prefix: boolean): [node: Node, depth: number] | undefined {
    let node = this.#root;
    let at = 0;
    while (at < key.length) {
      const next = node.children?.get(key.charCodeAt(at));
      if (next === undefined) return undefined;
      if (!key.startsWith(next.label, at)) {
        if (prefix && next.label.startsWith(key.slice(at))) return [next, at];
        return undefined;
      }
      at += next.label.length;
      node = next;
    }
    return [node, at - node.label.length];
  }

  get(key: string): number | undefined {
    return this.#find(key, false)?.[0].value;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: number): this {
    let node = this.#root;
    let at = 0;
    while (at < key.length) {
      node.children ??= new Map();
      const first = key.charCodeAt(at);
      const next = node.children.get(first);
      if (next === undefined) {
        const leaf = new Node(key.slice(at));
        leaf.value = value;
        node.children.set(first, leaf);
        return this;
      }
      let shared = 1;
      const { label } = next;
      while (shared < label.length && label.charCodeAt(shared) === key.charCodeAt(at + shared)) shared++;
      if (shared < label.length) {
        const upper = new Node(label.slice(0, shared));
        next.label = label.slice(shared);
        upper.children = new Map([[next.label.charCodeAt(0), next]]);
        node.children.set(first, upper);
        node = upper;
      } else {
        node = next;
      }
      at += shared;
    }
    node.value = value;
    return this;
  }

  /** The entries whose keys begin with `prefix`, in order. */
  withPrefix(prefix: string): [string, number][] {
    const out: [string, number][] = [];
    const start = this.#find(prefix, true);
    if (start === undefined) return out;
    const stack: [Node, string][] = [[start[0], prefix.slice(0, start[1])]];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const [node, before] = top;
      const key = before + node.label;
      if (node.value !== undefined) out.push([key, node.value]);
      if (node.children === undefined) continue;
      for (const first of [...node.children.keys()].sort((a, b) => b - a)) {
        stack.push([node.children.get(first) as Node, key]);
      }
    }
    return out;
  }
}
