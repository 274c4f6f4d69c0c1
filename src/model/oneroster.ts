import { dayBefore } from './day.ts';
import { type Group, groupTitle } from './group.ts';
import type { Extension } from './parts.ts';
import type { StoredRecord } from './record.ts';

/** Words of OneRoster's vocabularies (1.2, each extensible by `ext:`). */
export const oneRosterWords = {
  orgType: ['department', 'district', 'local', 'national', 'school', 'state'],
  sessionType: ['gradingPeriod', 'semester', 'schoolYear', 'term'],
  classType: ['homeroom', 'scheduled'],
  enrollmentRole: ['administrator', 'proctor', 'student', 'teacher'],
  userRole: [
    'aide',
    'counselor',
    'districtAdministrator',
    'guardian',
    'parent',
    'principal',
    'proctor',
    'relative',
    'siteAdministrator',
    'student',
    'systemAdministrator',
    'teacher',
  ],
  sex: ['male', 'female', 'unspecified', 'other'],
  scoreStatus: ['exempt', 'fully graded', 'not submitted', 'partially graded', 'submitted'],
  resourceRole: ['administrator', 'aide', 'guardian', 'parent', 'proctor', 'relative', 'student', 'teacher'],
} as const;

/** Fields of OneRoster's demographics besides `birthDate` and `sex`, by what they hold. */
export const oneRosterDemographics = {
  flags: [
    'americanIndianOrAlaskaNative',
    'asian',
    'blackOrAfricanAmerican',
    'nativeHawaiianOrOtherPacificIslander',
    'white',
    'demographicRaceTwoOrMoreRaces',
    'hispanicOrLatinoEthnicity',
  ],
  texts: ['countryOfBirthCode', 'stateOfBirthAbbreviation', 'cityOfBirth', 'publicSchoolResidenceStatus'],
} as const;

/**
 * A word of an extensible vocabulary (OneRoster 1.2: `ext:` and one or more of `a-z A-Z 0-9 . - _`): known words as
 * the standard spells them, everything else as an `ext:` token.
 */
export function vocabularyWord(known: readonly string[], word: string): string {
  if (known.includes(word)) return word;
  const trimmed = word.trim();
  const lower = trimmed.toLowerCase();
  const same = known.find((other) => other.toLowerCase() === lower);
  if (same !== undefined) return same;
  const token = (lower.startsWith('ext:') ? trimmed.slice('ext:'.length) : trimmed).replace(/[^a-zA-Z0-9.\-_]/g, '_');
  return `ext:${token === '' ? 'unknown' : token}`;
}

/** A day as OneRoster writes it, or nothing for a text that is none. */
export function calendarDay(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text) ? text : undefined;
}

/** Whether a text is an absolute address by RFC 3986 (`format: uri`). */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9a-f]{2})+$/i.test(text) && URL.canParse(text);
}

/** Whether OneRoster shows a record as `tobedeleted`: it is in the trash or archived (decisions 2.4, 2.5). */
export function shownStatus({ state }: Pick<StoredRecord, 'state'>): 'active' | 'tobedeleted' {
  return state === 'trashed' || state === 'archived' ? 'tobedeleted' : 'active';
}

/** OneRoster's own metadata of a record as they were sent; undefined where there are none. */
export function sentMetadata(extension: Extension | undefined): Readonly<Record<string, unknown>> | undefined {
  const metadata = extension?.oneRoster?.['metadata'];
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return undefined;
  return Object.keys(metadata).length > 0 ? (metadata as Record<string, unknown>) : undefined;
}

/** The month in which a school year begins where nothing says so: August. */
const firstMonth = 8;

/** The year of the last 1 August on or before a day. */
function schoolYearBegin(text: string): number {
  const year = Number(text.slice(0, 4));
  return Number(text.slice(5, 7)) >= firstMonth ? year : year - 1;
}

/** A year with four digits and 1 August. */
function firstOfAugust(year: number): string {
  return `${String(Math.max(year, 0)).padStart(4, '0')}-08-01`;
}

/**
 * The days of a session: first day and first day after (`endDate` is exclusive). What is missing is taken from the
 * school year, 1 August to 31 July, of the day that is known, else of the record's last change.
 */
export function sessionDays(group: Group, changed: Date): { startDate: string; endDate: string } {
  const start = calendarDay(group.timeFrame?.start);
  const end = calendarDay(group.timeFrame?.end);
  if (start !== undefined && end !== undefined) return { startDate: start, endDate: end };
  const known = start ?? (end === undefined ? changed.toISOString().slice(0, 10) : dayBefore(end));
  const begin = schoolYearBegin(known);
  return { startDate: start ?? firstOfAugust(begin), endDate: end ?? firstOfAugust(begin + 1) };
}

/** The school year of a session, the year in which it ends: the sender's, else that of the session's last day. */
export function schoolYearOf(group: Group, endDate: string): string {
  const years = group.schoolYear?.match(/\d{4}/g);
  return years?.at(-1) ?? dayBefore(endDate).slice(0, 4);
}

/** The title or name of a group, which OneRoster requires: the `sourcedId` where the sender gave none. */
export function shownTitle({ data, sourcedId }: StoredRecord<'group'>): string {
  return groupTitle(data) || sourcedId;
}
