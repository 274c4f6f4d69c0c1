import { isMailAddress } from '../../base/mail-address.ts';
import type { ListColumn, ListSettings } from '../../sync/index.ts';
import type { Layout } from './header.ts';
import type { KeyTable } from './key-table.ts';

/** Who a row means, as far as it says. */
export interface Identity {
  /** As it stands in the file; valid or not. */
  readonly email: string;
  readonly hasEmail: boolean;
  readonly userId: string;
  readonly login: string;
  /** What the person is known by (`feeds.md` 3.6); empty: the row does not say. */
  readonly id: string;
  /** The column of which it is. */
  readonly from: ListColumn;
}

/** Reads who a row means; the cells may stand so many places further on. */
export type IdentityOf = (cells: readonly string[], shift?: number) => Identity;

/** Makes an {@link IdentityOf} for one file; `isAddress` tells what is an e-mail address. */
export function makeIdentityOf(
  { places }: Pick<Layout, 'places'>,
  { identifier }: Pick<ListSettings, 'identifier'>,
  isAddress: (text: string) => boolean = isMailAddress,
): IdentityOf {
  const [emailAt, userIdAt, loginAt] = [places.get('EMAIL'), places.get('USER_ID'), places.get('USER_LOGIN')];
  const byUserId = identifier === 'user-id';
  return (cells, shift = 0) => {
    const email = cellAt(cells, emailAt, shift);
    const userId = cellAt(cells, userIdAt, shift);
    const login = cellAt(cells, loginAt, shift);
    const hasEmail = isAddress(email);
    if (byUserId && userId !== '') return { email, hasEmail, userId, login, id: userId, from: 'USER_ID' };
    if (byUserId && login !== '') return { email, hasEmail, userId, login, id: login, from: 'USER_LOGIN' };
    return { email, hasEmail, userId, login, id: hasEmail ? email.toLowerCase() : '', from: 'EMAIL' };
  };
}

function cellAt(cells: readonly string[], place: number | undefined, shift: number): string {
  return place === undefined ? '' : (cells[place + shift] ?? '').trim();
}

/** Ids that a row may mean which has more or fewer cells than the header: those before the fault, and those behind it. */
export function possibleIds(
  cells: readonly string[],
  { width }: Pick<Layout, 'width'>,
  identityOf: IdentityOf,
): string[] {
  const surplus = cells.length - width;
  const shifts = surplus === 0 || cells.length < 2 ? [0] : [0, surplus];
  return [...new Set(shifts.map((shift) => identityOf(cells, shift).id))].filter((id) => id !== '');
}

/** What must stand in one row only (`feeds.md` 3.4): kind, value and column. E-mails and logins are compared in one case. */
function uniqueValues(who: Identity): (readonly [kind: string, value: string, column: ListColumn])[] {
  return [
    ...(who.id === '' ? [] : [['id', who.id, who.from] as const]),
    ...(who.hasEmail ? [['email', who.email.toLowerCase(), 'EMAIL'] as const] : []),
    ...(who.userId === '' || who.from === 'USER_ID' ? [] : [['user-id', who.userId, 'USER_ID'] as const]),
    ...(who.login === '' ? [] : [['login', who.login.toLowerCase(), 'USER_LOGIN'] as const]),
  ];
}

/** Notes what must stand in one row only. */
export function noteUnique(table: KeyTable, who: Identity, line: number): void {
  if (who.id !== '') table.add('id', who.id, line);
  if (who.hasEmail) table.add('email', who.email.toLowerCase(), line);
  if (who.userId !== '' && who.from !== 'USER_ID') table.add('user-id', who.userId, line);
  if (who.login !== '') table.add('login', who.login.toLowerCase(), line);
}

/** What a row shares with others, for people; undefined: nothing. */
export function sharedText(table: KeyTable, who: Identity, line: number, layout: Pick<Layout, 'nameOf'>) {
  const told = new Set<ListColumn>();
  const parts: string[] = [];
  for (const [kind, value, column] of uniqueValues(who)) {
    const others = table.others(kind, value, line);
    if (others === undefined || told.has(column)) continue;
    told.add(column);
    const { lines, count } = others;
    const more = count > lines.length ? ` and ${count - lines.length} more` : '';
    parts.push(`${layout.nameOf(column)} with line${count === 1 ? '' : 's'} ${lines.join(', ')}${more}`);
  }
  const [first] = told;
  if (first === undefined) return undefined;
  const text = `the row shares ${parts.join('; ')}. A person has one row: none of these is used, and the persons stay as they are. Leave one row of each`;
  return { text, field: layout.nameOf(first) };
}
