/**
 * Whether a history of concurrent operations is linearizable: whether some order of them, which keeps each one that
 * ended before another began in front of it, is one that a single thread could have seen.
 *
 * J. Wing and C. Gong, "Testing and verifying concurrent objects" (1993), with G. Lowe's memory of what was tried.
 */

export interface Operation<Call, Answer> {
  /** Moments of one clock that all threads share, no two alike. */
  readonly began: number;
  readonly ended: number;
  readonly call: Call;
  readonly answer: Answer;
}

export interface Model<State, Call, Answer> {
  readonly initial: State;
  /** The state after the call, or `undefined` when the call could not have had this answer. */
  next(state: State, call: Call, answer: Answer): State | undefined;
  /** Equal texts for equal states. */
  key(state: State): string;
}

export function isLinearizable<State, Call, Answer>(
  history: readonly Operation<Call, Answer>[],
  model: Model<State, Call, Answer>,
): boolean {
  const operations = [...history].sort((a, b) => a.began - b.began);
  const done = new Array<boolean>(operations.length).fill(false);
  const tried = new Set<string>();
  const search = (first: number, state: State): boolean => {
    let from = first;
    while (from < operations.length && done[from]) from++;
    if (from === operations.length) return true;
    const mark = `${from}:${pending(operations, done, from)}:${model.key(state)}`;
    if (tried.has(mark)) return false;
    // Any operation may be next that began before all others that are left had ended.
    let limit = Number.POSITIVE_INFINITY;
    for (let i = from; i < operations.length; i++) {
      const one = operations[i] as Operation<Call, Answer>;
      if (one.began > limit) break;
      if (done[i]) continue;
      limit = Math.min(limit, one.ended);
      const next = model.next(state, one.call, one.answer);
      if (next === undefined) continue;
      done[i] = true;
      if (search(from, next)) return true;
      done[i] = false;
    }
    tried.add(mark);
    return false;
  };
  return search(0, model.initial);
}

/** Which operations after `from` are done already: they overlap it, so they are few. */
function pending(operations: readonly Operation<unknown, unknown>[], done: readonly boolean[], from: number): string {
  const end = (operations[from] as Operation<unknown, unknown>).ended;
  let marks = '';
  for (let i = from; i < operations.length && (operations[i] as Operation<unknown, unknown>).began < end; i++) {
    marks += done[i] ? '1' : '0';
  }
  return marks;
}
