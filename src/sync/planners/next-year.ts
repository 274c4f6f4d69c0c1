import { type Group, groupTitle, key, keyParts, relationParents, type StoredRecord } from '../../model/index.ts';
import type { Change } from '../../roster/index.ts';
import { UnreadableFile } from '../reader.ts';
import { countedTypeOf } from '../run.ts';
import type { RolloverRequest } from '../types.ts';
import type { PlanDeps } from './planner.ts';
import type { YearGroup } from './year-tree.ts';

type Next = NonNullable<RolloverRequest['next']>;

/**
 * Plans the year that comes next: made where it is not known, of the same kind and parent, its titles and dates moved on
 * by a year where none are given; brought back where it went; else only what is given is set.
 */
export async function planNextYear(
  deps: PlanDeps,
  top: StoredRecord<'group'>,
  next: Next,
  tree: ReadonlyMap<string, YearGroup>,
): Promise<void> {
  const { space, namespace } = ownKey(top, deps.feed.namespace);
  const nextKey = key(space, namespace, next.id);
  const [there] = await deps.roster.find(deps.context, 'group', [nextKey], { trashed: true });
  if (there !== undefined && (there.guid === top.guid || tree.has(there.guid))) {
    const text = `The next year ${next.id} is, or lies below, what is to be retired; name another one.`;
    throw new UnreadableFile('unreadable-input', text);
  }
  const given = givenData(top.data, next);
  const changes: Change[] = [];
  if (there?.state === 'archived') changes.push({ op: 'restore', type: 'group', key: there.guid });
  if (there === undefined) {
    const data = { ...movedOn(top.data), ...given };
    changes.push({ op: 'upsert', type: 'group', key: nextKey, data });
  } else if (there.state === 'trashed' || Object.keys(given).length > 0) {
    changes.push({ op: 'upsert', type: 'group', key: there.guid, data: given });
  }
  const results = await deps.roster.rehearse(deps.context, changes);
  const counted = countedTypeOf('group', there?.data.kind ?? top.data.kind);
  const session = counted === 'academicSession' ? { session: true } : {};
  const planned = changes.filter((_, at) => {
    const result = results[at];
    if (result?.ok === false) throw new UnreadableFile('unreadable-input', result.problem.text);
    if (result?.outcome === undefined || result.outcome === 'unchanged') return false;
    if (result.outcome === 'created' || result.outcome === 'restored' || result.outcome === 'updated') {
      deps.counts[counted][result.outcome] += 1;
    }
    return true;
  });
  await deps.spool.add(
    'group',
    planned.map((change) => ({ change, line: 0, id: next.id, ...session })),
  );
}

/** The space and namespace of the key that the sender of a group gave it. */
function ownKey(group: StoredRecord<'group'>, namespace: string) {
  const own = group.keys.map(keyParts).find((parts) => parts.namespace !== '');
  return own ?? { space: 'group' as const, namespace };
}

/** What the request says itself. */
function givenData(old: Group, { title, start, end }: Next): Partial<Group> {
  const frame = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
  return {
    ...(title === undefined ? {} : { description: { ...movedOn(old).description, short: title } }),
    ...(Object.keys(frame).length === 0 ? {} : { timeFrame: { ...movedFrame(old.timeFrame), ...frame } }),
  };
}

/** What a group would be a year later: its kind, place and titles, and its dates. */
function movedOn(old: Group): Group {
  const { kind, types, description, org, orgType, sessionType, schoolYear } = old;
  const title = groupTitle(old);
  const parents = (old.relationships ?? []).filter(({ relation }) => relation === 'parent');
  const frame = movedFrame(old.timeFrame);
  return {
    kind,
    ...(types === undefined ? {} : { types }),
    ...(description === undefined && title === undefined
      ? {}
      : { description: raisedTexts(description ?? { short: title ?? '' }) }),
    ...(org?.type === undefined ? {} : { org: { type: org.type } }),
    ...(orgType === undefined ? {} : { orgType }),
    ...(sessionType === undefined ? {} : { sessionType }),
    ...(schoolYear === undefined ? {} : { schoolYear: yearsRaised(schoolYear) }),
    ...(frame === undefined ? {} : { timeFrame: frame }),
    ...(relationParents(old).length === 0 ? {} : { relationships: parents }),
  };
}

function raisedTexts(texts: NonNullable<Group['description']>): NonNullable<Group['description']> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, yearsRaised(text)]));
}

/** Days and names of a span of days, a year later. */
export function movedFrame(frame: Group['timeFrame']): Group['timeFrame'] {
  if (frame === undefined) return undefined;
  const { start, end, adminPeriod } = frame;
  return {
    ...frame,
    ...(start === undefined ? {} : { start: yearLater(start) }),
    ...(end === undefined ? {} : { end: yearLater(end) }),
    ...(adminPeriod === undefined ? {} : { adminPeriod: yearsRaised(adminPeriod) }),
  };
}

/** The same day a year later; of 29 February the day after. */
export function yearLater(day: string): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (parts === null || day === '9999-12-31') return day;
  const moved = `${Number(parts[1]) + 1}-${parts[2]}-${parts[3]}`;
  return moved.endsWith('-02-29') ? moved.replace('-02-29', '-03-01') : moved;
}

/** A title with its years raised by one: `2025`, `2025/26`, `2025-2026`, `25/26`. */
export function yearsRaised(title: string): string {
  return title.replaceAll(
    /(?<!\d)((?:19|20)\d\d)([/–-])(\d\d)(?!\d)|(?<!\d)(\d\d)([/–-])(\d\d)(?!\d)|(?<!\d)((?:19|20)\d\d)(?!\d)/g,
    (
      all,
      long?: string,
      join?: string,
      short?: string,
      first?: string,
      mark?: string,
      second?: string,
      year?: string,
    ) => {
      if (long !== undefined) {
        const follows = (Number(long) + 1) % 100 === Number(short);
        return `${Number(long) + 1}${join}${follows ? twoDigits(Number(short) + 1) : short}`;
      }
      if (first !== undefined) {
        const follows = (Number(first) + 1) % 100 === Number(second);
        return follows ? `${twoDigits(Number(first) + 1)}${mark}${twoDigits(Number(second) + 1)}` : all;
      }
      return `${Number(year) + 1}`;
    },
  );
}

function twoDigits(number: number): string {
  return String(number % 100).padStart(2, '0');
}
