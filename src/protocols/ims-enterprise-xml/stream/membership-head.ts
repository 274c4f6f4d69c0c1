import type { Kept } from '../rest.ts';
import type { Piece } from './piece.ts';
import type { Seeded } from './seeds.ts';

/** What is known of the `membership` element at hand. */
export interface MembershipHead extends Seeded {
  readonly line: number;
  key: string | undefined;
  /** What stands beside the members, as text for the hash and as what is kept. */
  headText: string;
  readonly head: Kept[];
  /** Members before the group's id. */
  waiting: Extract<Piece, { kind: 'part' | 'oversize' }>[];
  waitingLength: number;
  members: number;
}

/** The head of a `membership` element that begins in a line. */
export function makeMembershipHead(line: number): MembershipHead {
  return { line, key: undefined, headText: '', seed: undefined, head: [], waiting: [], waitingLength: 0, members: 0 };
}
