/** The twin of `TDigest` in plain TypeScript: the same merging digest with k₁, over arrays of doubles. */
export class TDigestTwin {
  readonly #compression: number;
  #means = new Float64Array(0);
  #weights = new Float64Array(0);
  readonly #waiting: Float64Array;
  #count = 0;
  #total = 0;

  constructor(compression = 100) {
    this.#compression = compression;
    this.#waiting = new Float64Array(4 * compression);
  }

  add(value: number): void {
    this.#waiting[this.#count++] = value;
    if (this.#count === this.#waiting.length) this.#flush();
  }

  #flush(): void {
    if (this.#count === 0) return;
    const fresh = this.#waiting.subarray(0, this.#count).sort();
    const [means, weights] = [this.#means, this.#weights];
    const count = means.length + fresh.length;
    const outMeans = new Float64Array(count);
    const outWeights = new Float64Array(count);
    this.#total += fresh.length;
    const total = this.#total;
    const step = (2 * Math.PI) / this.#compression;
    let [i, j, out, before, limit, mean, weight] = [0, 0, 0, 0, 0, 0, 0];
    for (let at = 0; at < count; at++) {
      let next: number;
      let more = 1;
      if (j === fresh.length || (i < means.length && (means[i] as number) <= (fresh[j] as number))) {
        next = means[i] as number;
        more = weights[i++] as number;
      } else next = fresh[j++] as number;
      if (at === 0) [mean, weight] = [next, more];
      else if (before + weight + more <= limit && at !== count - 1) {
        weight += more;
        mean += ((next - mean) * more) / weight;
      } else {
        outMeans[out] = mean;
        outWeights[out++] = weight;
        before += weight;
        const angle = Math.asin(2 * (before / total) - 1) + step;
        limit = angle >= Math.PI / 2 ? total : (total * (1 + Math.sin(angle))) / 2;
        mean = next;
        weight = more;
      }
    }
    outMeans[out] = mean;
    outWeights[out++] = weight;
    this.#means = outMeans.slice(0, out);
    this.#weights = outWeights.slice(0, out);
    this.#count = 0;
  }

  quantile(q: number): number {
    this.#flush();
    const [means, weights, index] = [this.#means, this.#weights, q * this.#total];
    let before = (weights[0] as number) / 2;
    if (index < before) return means[0] as number;
    for (let i = 0; i + 1 < means.length; i++) {
      const step = ((weights[i] as number) + (weights[i + 1] as number)) / 2;
      if (before + step > index) {
        const share = (index - before) / step;
        return (means[i] as number) + ((means[i + 1] as number) - (means[i] as number)) * share;
      }
      before += step;
    }
    return means[means.length - 1] as number;
  }
}
