import type { RosterType, StoredRecord } from '../../model/index.ts';
import type { Context, Roster } from '../../roster/index.ts';
import type { Absences } from '../../store/index.ts';
import type { CountedType, Counts } from '../run.ts';
import type { Remarks } from '../tally.ts';
import type { Feed } from '../types.ts';

/** A record that the feed has listed and that its file does not list. */
export interface Missing {
  readonly guid: string;
  readonly type: RosterType;
  readonly counted: CountedType;
}

/** What the grace before removal needs. */
export interface GraceDeps {
  readonly roster: Roster;
  readonly context: Context;
  readonly absences: Absences;
  readonly feed: Feed;
  /** The run, and when it began. */
  readonly run: string;
  readonly startedAt: Date;
  readonly counts: Record<CountedType, Counts>;
  readonly remarks: Remarks;
  readonly fileName: string;
}

/**
 * Grace before removal (`feeds.md` 0.5): a person who is missing goes only after so many runs or days in a row, and with
 * the person until then stay the memberships.
 */
export interface Grace {
  /** Of records that are missing, those that go now; the others are counted as waiting. Persons come before memberships. */
  gone(missing: readonly Missing[]): Promise<readonly Missing[]>;
  /**
   * Keeps what the run has found, once however often it is called; to be called when the run is completed. `full`: the
   * file had all persons, so that who does not wait is not missing; else who was seen in it is not.
   */
  keep(full: boolean, unseen: () => AsyncIterable<{ readonly guid: string }>): Promise<void>;
}

const DAY = 86_400_000;

/** Makes the {@link Grace} of a run. */
export function makeGrace(deps: GraceDeps): Grace {
  const { roster, context, absences, feed, run, startedAt, counts } = deps;
  const { runs, days } = feed.grace;
  const off = runs === null && days === null;
  const waiting = new Set<string>();

  async function gonePersons(missing: readonly Missing[]): Promise<readonly Missing[]> {
    const guids = missing.map(({ guid }) => guid);
    const before = new Map((await absences.of(context.tenant, feed.name, guids)).map((one) => [one.guid, one]));
    const gone: Missing[] = [];
    const staying: string[] = [];
    for (const person of missing) {
      const absence = before.get(person.guid);
      const missed = (absence?.runs ?? 0) + (absence?.run === run ? 0 : 1);
      const lasted = startedAt.getTime() - (absence?.since ?? startedAt).getTime();
      if ((runs !== null && missed >= runs) || (days !== null && lasted >= days * DAY)) gone.push(person);
      else staying.push(person.guid);
    }
    const records = await roster.find(context, 'person', staying);
    const wanted = new Map(missing.map((person) => [person.guid, person]));
    staying.forEach((guid, at) => {
      const person = wanted.get(guid);
      if (person !== undefined && !isListed(records[at])) {
        gone.push(person);
        return;
      }
      waiting.add(guid);
      const since = before.get(guid)?.since ?? startedAt;
      const missed = (before.get(guid)?.runs ?? 0) + (before.get(guid)?.run === run ? 0 : 1);
      note(guid, records[at], since, missed);
    });
    return gone;
  }

  /** What the feed does not list any more needs no waiting: it is in the trash already, purged, or somebody else's. */
  const isListed = (record: StoredRecord | undefined) =>
    record?.claims.some((claim) => claim.feed === feed.name) === true;

  function note(guid: string, record: StoredRecord<'person'> | undefined, since: Date, missed: number): void {
    const id = record?.imsId ?? record?.sourcedId ?? guid;
    const message = `This person is missing since ${since.toISOString()} (${missed} in a row) and kept for now, by the feed's setting grace.`;
    counts.person.waiting += 1;
    deps.remarks.add('warning.waiting-removal', { file: deps.fileName, type: 'person', id, message });
  }

  async function goneMemberships(missing: readonly Missing[]): Promise<readonly Missing[]> {
    if (waiting.size === 0) return missing;
    const records = await roster.find(
      context,
      'membership',
      missing.map(({ guid }) => guid),
    );
    const gone = missing.filter((_missing, at) => {
      const record = records[at];
      return !isListed(record) || !waiting.has(record?.data.member ?? '');
    });
    counts.membership.waiting += missing.length - gone.length;
    return gone;
  }

  return {
    async gone(missing) {
      if (off) return missing;
      const persons = await gonePersons(missing.filter(({ type }) => type === 'person'));
      const memberships = await goneMemberships(missing.filter(({ type }) => type === 'membership'));
      return [...missing.filter(({ type }) => type === 'group'), ...persons, ...memberships];
    },

    async keep(full, unseen) {
      const { tenant } = context;
      if (off) return absences.forget(tenant, feed.name);
      await absences.miss(tenant, feed.name, [...waiting], run, startedAt);
      const over = new Set<string>();
      for await (const batch of absences.all(tenant, feed.name)) {
        for (const { guid } of batch) if (!waiting.has(guid)) over.add(guid);
      }
      if (!full && over.size > 0) for await (const { guid } of unseen()) over.delete(guid);
      await absences.forget(tenant, feed.name, [...over]);
    },
  };
}
