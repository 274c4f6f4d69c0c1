import { userRoleOfInstitution } from '../../model/index.ts';
import type { WriteChange } from '../../roster/index.ts';
import type { ListColumn, ListSettings } from '../../sync/index.ts';
import type { Note } from './cells.ts';
import { classYearOf, isYes } from './class-year.ts';
import type { Layout } from './header.ts';
import type { Identity } from './identity.ts';

/** The user type of a row. */
export interface UserType {
  /** As it stands in the file; empty where it says none. */
  readonly word: string;
  /** What it means: the role by the settings, else the word itself. */
  readonly role: string;
  /** Whether it means something: by the settings, or as a word of IMS or OneRoster. */
  readonly isKnown: boolean;
}

/** Makes what reads the user type of a cell (`feeds.md` 3.10); undefined: the cell has several. */
export function makeUserTypes({ userTypes }: Pick<ListSettings, 'userTypes'>): (cell: string) => UserType | undefined {
  const roles = new Map(userTypes.map(({ value, role }) => [value.trim().toLowerCase(), role]));
  const read = new Map<string, UserType>();
  return (cell) => {
    const there = read.get(cell);
    if (there !== undefined) return there;
    const words = [...new Set(cell.split(';').map((part) => part.trim()))].filter((part) => part !== '');
    if (words.length > 1) return undefined;
    const word = words[0] ?? '';
    const mapped = roles.get(word.toLowerCase());
    const isKnown = word === '' || mapped !== undefined || userRoleOfInstitution(word) !== undefined;
    const type = { word, role: mapped ?? word, isKnown };
    if (read.size < 1_000) read.set(cell, type);
    return type;
  };
}

/** What a row says of its person (`feeds.md` 3.6 to 3.8); columns that the file does not have stay as they are. */
export function personOf(
  cells: readonly string[],
  layout: Pick<Layout, 'places' | 'nameOf'>,
  who: Identity,
  type: UserType,
  { classYearEnds }: Pick<ListSettings, 'classYearEnds'>,
  note: Note,
): WriteChange<'person'>['data'] {
  const text = (column: ListColumn): string | null | undefined => {
    const place = layout.places.get(column);
    if (place === undefined) return undefined;
    const value = (cells[place] ?? '').trim();
    return value === '' ? null : value;
  };
  const optOut = text('EMAIL_OPT_OUT');
  const metadata = {
    ...classYear(text('GRADUATION'), classYearEnds, layout.nameOf('GRADUATION'), note),
    program: text('PROGRAM'),
    affinity: text('AFFINITY'),
    userType: type.word === '' ? null : type.word,
  };
  return {
    name: { given: text('FIRST_NAME') ?? null, family: text('LAST_NAME') ?? null },
    email: who.email,
    username: text('USER_LOGIN'),
    identifier: text('USER_ID'),
    userIds: [
      ...(who.login === '' ? [] : [{ value: who.login, type: 'userLogin' }]),
      ...(who.userId === '' ? [] : [{ value: who.userId, type: 'userId' }]),
    ],
    institutionRoles: type.role === '' ? null : [{ type: type.role, primary: true }],
    ...(optOut === undefined ? {} : { emailPreferences: { optOut: optOut !== null && isYes(optOut) } }),
    extension: { oneRoster: { metadata: defined(metadata) } },
  } as WriteChange<'person'>['data'];
}

/** GRADUATION and the class year that it means; one that is neither year nor day is left as it was. */
function classYear(
  graduation: string | null | undefined,
  lastDay: string,
  name: string,
  note: Note,
): { graduation?: string | null; classYear?: string | null } {
  if (graduation === undefined) return {};
  if (graduation === null) return { graduation: null, classYear: null };
  const year = classYearOf(graduation, lastDay);
  if (year !== undefined) return { graduation, classYear: String(year) };
  note('repair.date-format', `"${graduation.slice(0, 30)}" is neither YYYY nor YYYY-MM-DD; it is left out`, name);
  return {};
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>;
}
