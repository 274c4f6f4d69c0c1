import type { Clock } from '../base/clock.ts';
import { failed, ok, type Result } from '../base/result.ts';
import type { Context } from '../roster/index.ts';
import type { ArrivalRow, Arrivals } from '../store/index.ts';
import type { Feed, Sync, TransportKind } from '../sync/index.ts';
import { arrivalName } from './arrival-name.ts';
import type { FeedPlace, Looker } from './types.ts';

/** A file that lies at a feed's place. */
export interface CheckedFile {
  name: string;
  version: string;
  bytes: number | null;
  /** `new`: it would be taken at the next look. Else what became of it. */
  state: 'new' | ArrivalRow['state'];
  run: string | null;
}

/** What a look at a feed's place has shown. */
export interface CheckedPlace {
  transport: TransportKind;
  /** The files that lie there whole, the oldest first: {@link mostShown} at most, the new ones before the others. */
  files: CheckedFile[];
  /** How many there are. */
  total: number;
  /** Of a server that is read for its records: its users, where it tells them. */
  records: number | null;
}

/** Looks at a feed's place and takes nothing. */
export interface PlaceCheck {
  /**
   * Problems: unknown-object, forbidden (a feed of others, a host that is not open), conflict (the settings, or a feed whose
   * files are brought), busy (no answer, or it is being checked already), and those of reading a server.
   */
  check(context: Context, feed: string): Promise<Result<CheckedPlace>>;
}

/** Files that are shown at most. */
export const mostShown = 100;
/** A check ends after so long. */
const longestMs = 60_000;

/** Makes {@link PlaceCheck}. */
export function makePlaceCheck({
  arrivals,
  sync,
  lookers,
  clock,
}: {
  readonly arrivals: Pick<Arrivals, 'find'>;
  readonly sync: Pick<Sync, 'feed' | 'checkPull'>;
  readonly lookers: readonly Looker[];
  readonly clock: Clock;
}): PlaceCheck {
  const going = new Set<string>();

  async function lookAt(place: FeedPlace, feed: Feed, looker: Looker): Promise<Result<CheckedPlace>> {
    const found = await looker.look(place, feed, AbortSignal.timeout(longestMs));
    if (!found.ok) return found;
    const files: CheckedFile[] = [];
    for (const { name: given, version, bytes } of found.value) {
      const name = arrivalName(given);
      const row = await arrivals.find({ ...place, name, version });
      files.push({ name, version, bytes: bytes ?? null, ...stateOf(row, clock.now()) });
    }
    // The new ones first; the order of the others stays.
    files.sort((a, b) => Number(a.state !== 'new') - Number(b.state !== 'new'));
    return ok({ transport: looker.kind, files: files.slice(0, mostShown), total: files.length, records: null });
  }

  return {
    async check(context, name) {
      const { tenant, feeds } = context;
      if (feeds !== undefined && !feeds.includes(name)) {
        return failed('forbidden', 'This credential may not use the feed; an admin can allow it.');
      }
      const feed = await sync.feed(context, name);
      const shown = name.slice(0, 64);
      if (feed === undefined) return failed('unknown-object', `There is no feed ${shown}.`, { id: shown });
      const { transport } = feed;
      const looker = lookers.find(({ kind }) => kind === transport);
      const isPulled = transport === 'pull' || transport === 'rest-pull';
      if (looker === undefined && !isPulled) {
        const text = `The files of the feed ${shown} are brought (transport ${transport}): there is no place to look at.`;
        return failed('conflict', text, { field: 'transport' });
      }
      const key = JSON.stringify([tenant, name]);
      if (going.has(key)) return failed('busy', `The feed ${shown} is being checked already.`);
      going.add(key);
      try {
        if (looker !== undefined) return await lookAt({ tenant, feed: name }, feed, looker);
        const read = await sync.checkPull(context, name);
        return read.ok ? ok({ transport, files: [], total: 0, records: read.value.records }) : read;
      } finally {
        going.delete(key);
      }
    },
  };
}

function stateOf(row: ArrivalRow | undefined, now: Date): Pick<CheckedFile, 'state' | 'run'> {
  if (row === undefined) return { state: 'new', run: null };
  const isLost = row.state === 'taking' && row.lease.until < now;
  return { state: isLost ? 'waiting' : row.state, run: row.state === 'taken' ? row.run : null };
}
