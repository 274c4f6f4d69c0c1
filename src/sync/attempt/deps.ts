import type { Clock } from '../../base/clock.ts';
import type { Roster } from '../../roster/index.ts';
import type { Absences, FeedBlocks, FindingPlace, Originals, RunStore } from '../../store/index.ts';
import type { Aheads } from '../ahead/aheads.ts';
import type { StoredFeed } from '../feeds/settings.ts';
import type { FeedReader } from '../reader.ts';
import type { Findings } from '../report/findings.ts';
import type { Feed } from '../types.ts';
import type { Retention } from './retention.ts';

/** What working on a run needs. */
export interface WorkDeps {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly runs: RunStore;
  readonly originals: Originals;
  readonly absences: Absences;
  readonly retention: Retention;
  readonly aheads: Pick<Aheads, 'take'>;
  readonly readers: ReadonlyMap<string, FeedReader>;
  /** Folder for plans between reading and applying. */
  readonly workFolder: string;
  /** The hashes of what a feed is known to have sent. */
  blocks(tenant: string, feed: string): FeedBlocks;
  feed(tenant: string, name: string): Promise<StoredFeed>;
  /** The time zone of a feed: its own, else the tenant's. */
  timeZone(tenant: string, feed: Feed): Promise<string>;
  guidKey(tenant: string): Promise<Uint8Array>;
  /** The lists of an attempt at a run: begun anew, or the problems of the attempt before it gone on with. */
  findings(place: FindingPlace, goesOn: boolean): Promise<Findings>;
}

/** Thrown where a run must stop without an end: the gateway stops, or another worker has taken over. */
export class Interrupted extends Error {}

/** Tells whether the work may go on; throws {@link Interrupted} when not. */
export type Guard = () => void;
