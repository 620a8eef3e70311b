/** Series by the values of their labels, as they are given: a map for each label. */

/** A number or a boolean becomes its text. */
export type LabelValue = string | number | boolean;

type Branch<S extends object> = Map<LabelValue, S | Branch<S>>;

export class LabelTree<S extends { readonly labelValues: readonly string[] }> {
  readonly #root: Branch<S> = new Map();

  /** The series of these labels, which has at least one. Not whether there are labels besides. O(names). */
  byName<L extends string>(names: readonly L[], labels: Readonly<Record<L, LabelValue>>): S | undefined {
    let branch: S | Branch<S> | undefined = this.#root;
    for (let i = 0; i < names.length; i++) {
      branch = (branch as Branch<S>).get(labels[names[i] as L]);
      if (branch === undefined) return undefined;
    }
    return branch as S;
  }

  /** The series of these values: as many as there are labels, at least one. O(values). */
  byValue(values: readonly LabelValue[]): S | undefined {
    let branch: S | Branch<S> | undefined = this.#root;
    for (let i = 0; i < values.length; i++) {
      branch = (branch as Branch<S>).get(values[i] as LabelValue);
      if (branch === undefined) return undefined;
    }
    return branch as S;
  }

  /** Makes a series be found by values in a form of their own: 200 besides '200'. */
  add(values: readonly LabelValue[], series: S): void {
    let branch = this.#root;
    for (const value of values.slice(0, -1)) {
      let next = branch.get(value) as Branch<S> | undefined;
      if (next === undefined) {
        next = new Map();
        branch.set(value, next);
      }
      branch = next;
    }
    const last = values[values.length - 1];
    if (last !== undefined) branch.set(last, series);
  }

  /** Takes a series out, in whatever forms its values are there. */
  remove(series: S): void {
    this.#prune(this.#root, series, 0);
  }

  #prune(branch: Branch<S>, series: S, depth: number): void {
    for (const key of formsOf(series.labelValues[depth])) {
      const next = branch.get(key);
      if (next === series) branch.delete(key);
      else if (next instanceof Map) {
        this.#prune(next, series, depth + 1);
        if (next.size === 0) branch.delete(key);
      }
    }
  }
}

/** A value and what else becomes the same text. */
function formsOf(value: string | undefined): LabelValue[] {
  if (value === undefined) return [];
  if (value === 'true' || value === 'false') return [value, value === 'true'];
  return String(Number(value)) === value ? [value, Number(value)] : [value];
}
