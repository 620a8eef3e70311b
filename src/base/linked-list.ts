/**
 * A doubly linked list whose elements are their own nodes: adding, taking the first and removing any one are O(1) and
 * allocate nothing. It has no bound of its own; who adds must count.
 */

/** Extend this to be in a list; an element is in one list at a time. */
export class Link {
  /** The list it is in. */
  list: LinkedList<Link> | undefined = undefined;
  previous: Link | undefined = undefined;
  next: Link | undefined = undefined;
}

export class LinkedList<L extends Link> {
  #first: Link | undefined = undefined;
  #last: Link | undefined = undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): L | undefined {
    return this.#first as L | undefined;
  }

  get last(): L | undefined {
    return this.#last as L | undefined;
  }

  push(link: L): void {
    const last = this.#last;
    link.list = this as unknown as LinkedList<Link>;
    link.previous = last;
    if (last === undefined) this.#first = link;
    else last.next = link;
    this.#last = link;
    this.#size++;
  }

  /** Adds before the first. */
  unshift(link: L): void {
    const first = this.#first;
    link.list = this as unknown as LinkedList<Link>;
    link.next = first;
    if (first === undefined) this.#last = link;
    else first.previous = link;
    this.#first = link;
    this.#size++;
  }

  shift(): L | undefined {
    const first = this.#first;
    if (first !== undefined) this.remove(first as L);
    return first as L | undefined;
  }

  /** Removes an element; false when it is not in this list. */
  remove(link: L): boolean {
    if ((link.list as unknown) !== this) return false;
    const { previous, next } = link;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    link.list = undefined;
    link.previous = undefined;
    link.next = undefined;
    this.#size--;
    return true;
  }
}
