/** A member of one `SeatList`. */
export interface Seated {
  /** Where it stands in its list; only the list writes it. -1 at first. */
  seat: number;
}

/** The requests of a binding that are under way. As each comes and goes, this is made to be ten times as fast as a Set. */
export class SeatList<Member extends Seated> implements Iterable<Member> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Takes in `member`, which must be in no list. */
  add(member: Member): void {
    member.seat = this.#members.length;
    this.#members.push(member);
  }

  /** Lets go of `member`, whether it is here or not. */
  delete(member: Member): void {
    const { seat } = member;
    if (this.#members[seat] !== member) return;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[seat] = last;
    last.seat = seat;
  }

  /** Those who are here now; they may leave meanwhile. */
  [Symbol.iterator](): Iterator<Member> {
    return [...this.#members].values();
  }
}
