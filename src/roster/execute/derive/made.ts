import type { Group } from '../../../model/index.ts';
import type { Working } from '../../../store/index.ts';
import { blank } from '../acts/references.ts';
import { type Entry, touch, type Unit } from '../unit.ts';

/** The writer of records that the gateway makes because OneRoster needs them (decisions 1.8). */
export const gateway = 'gateway';

/** What the gateway does by itself stands so in the change log. */
export const byGateway = { writer: gateway, source: 'gateway', run: undefined } as const;

/** A made group by its text, created or brought back when it is not there. */
async function make(
  unit: Unit,
  text: string,
  data: Group,
  views: string[],
  derived?: Working['derived'],
): Promise<string> {
  const guid = unit.guid(text);
  await unit.loadGuids('group', [guid]);
  const there = unit.get('group', guid);
  if (there !== undefined) {
    if (there.record.state !== 'active') {
      there.record.state = 'active';
      there.record.trash = undefined;
      touch(unit, there as Entry);
    }
    return guid;
  }
  const record = blank(unit, 'group', guid, data);
  record.owner = gateway;
  record.made = true;
  record.views = views;
  record.derived = derived;
  unit.create(record);
  return guid;
}

/** Loads at once what may have been made for groups, so that none is asked for alone. */
export async function loadMade(unit: Unit, groups: readonly string[]): Promise<void> {
  await unit.loadGuids('group', [unit.guid('made:root'), ...groups.map((guid) => unit.guid(courseText(guid)))]);
}

const courseText = (guid: string) => `made:course:${guid}`;

/** The tenant's root org: the parent of what has no school. */
export function madeRoot(unit: Unit): Promise<string> {
  const name = unit.tenant.id;
  return make(unit, 'made:root', { kind: 'org', orgType: 'district', description: { short: name } }, ['org']);
}

/** A course for a class without one. */
export async function madeCourse(unit: Unit, record: Working<'group'>, title: string, school: string): Promise<string> {
  const guid = await make(
    unit,
    courseText(record.guid),
    { kind: 'course', description: { short: title } },
    ['course'],
    { school },
  );
  const entry = unit.get('group', guid);
  if (
    entry !== undefined &&
    (entry.record.data.description?.short !== title || entry.record.derived?.school !== school)
  ) {
    entry.record.data = { ...entry.record.data, description: { short: title } };
    entry.record.derived = { school };
    touch(unit, entry as Entry);
  }
  if (entry !== undefined && record.state === 'archived') {
    // The course of an archived class is shown as archived too (decisions 2.4).
    entry.record.state = 'archived';
    touch(unit, entry as Entry);
  }
  return guid;
}

/** Ends the course that was made for a class. */
export async function dropMadeCourse(unit: Unit, record: Working<'group'>): Promise<void> {
  const guid = unit.guid(courseText(record.guid));
  if (record.derived?.course !== guid) return;
  await unit.loadGuids('group', [guid]);
  const entry = unit.get('group', guid);
  if (entry !== undefined) endMade(unit, entry as Entry);
}

/** Moves a made record to the trash; it comes back when it is needed again. */
export function endMade(unit: Unit, entry: Entry): void {
  if (entry.record.made !== true || entry.record.state === 'trashed') return;
  entry.record.state = 'trashed';
  entry.record.trash = { at: unit.at, by: gateway, removal: `${unit.sequence}.${entry.record.guid}`, from: 'active' };
  touch(unit, entry);
}

/** A session for a class without one: its administrative period, else its time frame, else the school year. */
export function madeSession(unit: Unit, group: Group): Promise<string> {
  const frame = group.timeFrame ?? {};
  const lastDay = frame.end === undefined ? undefined : dayBefore(frame.end);
  const year = schoolYear(frame.start ?? lastDay ?? dayOf(unit.at));
  const start = frame.start ?? year.start;
  const end = frame.end ?? year.end;
  const period = frame.adminPeriod?.trim();
  if (period !== undefined && period !== '') {
    return makeSession(unit, `made:session:period:${period}`, period, 'term', start, end);
  }
  if (frame.start !== undefined || frame.end !== undefined) {
    return makeSession(unit, `made:session:${start}:${end}`, `${start} – ${end}`, 'term', start, end);
  }
  return makeSession(unit, `made:session:year:${year.start}`, year.title, 'schoolYear', year.start, year.end);
}

function makeSession(
  unit: Unit,
  text: string,
  title: string,
  type: string,
  start: string,
  end: string,
): Promise<string> {
  const data: Group = {
    kind: 'session',
    sessionType: type,
    description: { short: title },
    timeFrame: { start, end },
    schoolYear: schoolYear(start).end.slice(0, 4),
  };
  return make(unit, text, data, type === 'term' ? ['academicSession', 'term'] : ['academicSession']);
}

/** The school year of a day: from 1 August to 31 July. */
function schoolYear(day: string): { start: string; end: string; title: string } {
  const year = Number(day.slice(0, 4));
  const first = day.slice(5, 7) >= '08' ? year : year - 1;
  return { start: `${first}-08-01`, end: `${first + 1}-08-01`, title: `${first}/${first + 1}` };
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function dayBefore(day: string): string {
  const time = Date.parse(day);
  return Number.isNaN(time) ? day : dayOf(new Date(time - 86_400_000));
}
