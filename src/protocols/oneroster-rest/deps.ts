import type { Log } from '../../base/log.ts';
import type { Access, Roster } from '../../roster/index.ts';

/** The reads of the roster that OneRoster needs. */
export type Reads = Pick<Roster, 'find' | 'names' | 'page' | 'served'>;

/** The part of access that OneRoster's OAuth 2 needs. */
export type Tokens = Pick<Access, 'client' | 'issueToken' | 'token'>;

/** What OneRoster is made from. */
export interface OneRosterDeps {
  readonly roster: Reads;
  readonly access: Tokens;
  readonly log: Log;
  /** Address of the gateway as clients know it, without a path; default: as the request has it. */
  readonly publicUrl?: string;
}
