import type { Log } from '../../base/log.ts';
import type { Access, Audit, Roster } from '../../roster/index.ts';
import type { PlainHttp } from '../../wire/index.ts';

/** The reads and writes of the roster that OneRoster needs. */
export type Reads = Pick<
  Roster,
  'children' | 'execute' | 'find' | 'guidsOf' | 'page' | 'parents' | 'served' | 'servedIds'
>;

/** The part of access that OneRoster's OAuth needs. */
export type Tokens = Pick<Access, 'client' | 'issueToken' | 'token' | 'signedClient'>;

/** What OneRoster is made from. */
export interface OneRosterDeps {
  readonly roster: Reads;
  readonly access: Tokens;
  readonly audit: Pick<Audit, 'note'>;
  readonly log: Log;
  /** The gateway's version, for the documents. */
  readonly version: string;
  /** Address of the gateway as clients know it, without a path; default: as the request has it. */
  readonly publicUrl?: string;
  /** Where clients may send their secrets over plain HTTP; unset: from this machine only. */
  readonly plainHttp?: PlainHttp;
}
