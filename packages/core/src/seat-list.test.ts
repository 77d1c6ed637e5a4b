import { describe, expect, it } from 'vitest';
import { type Seated, SeatList } from './seat-list.js';

const seated = (): Seated => ({ seat: -1 });

describe('SeatList', () => {
  it('holds who has come and not gone, whatever the order', () => {
    const list = new SeatList();
    const members = Array.from({ length: 5 }, seated);
    for (const member of members) list.add(member);
    const [first, second, third, fourth, fifth] = members as [
      ...[Seated, Seated, Seated, Seated, Seated],
    ];
    for (const gone of [second, fifth, first]) list.delete(gone);
    expect(list.size).toBe(2);
    expect(new Set(list)).toEqual(new Set([third, fourth]));
    for (const gone of [third, fourth]) list.delete(gone);
    expect([...list]).toEqual([]);
  });

  it('lets go of who is not there', () => {
    const list = new SeatList();
    const [here, stranger] = [seated(), seated()];
    list.add(here);
    list.delete(stranger);
    list.delete(here);
    list.delete(here);
    expect(list.size).toBe(0);
  });

  it('can be walked while its members leave', () => {
    const list = new SeatList();
    for (const member of Array.from({ length: 4 }, seated)) list.add(member);
    let visited = 0;
    for (const member of list) {
      list.delete(member);
      visited += 1;
    }
    expect([visited, list.size]).toEqual([4, 0]);
  });
});
