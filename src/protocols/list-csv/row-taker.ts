import { key, userRoleOfInstitution } from '../../model/index.ts';
import type { WriteChange } from '../../roster/index.ts';
import type { FeedItem, ListSettings, ReadOptions } from '../../sync/index.ts';
import { makeRowText, type RowHandler } from '../../wire/index.ts';
import { type BadRow, cellsOf, isBlank, type Note, textOf } from './cells.ts';
import { isYes } from './class-year.ts';
import { type Community, makeCommunities } from './communities.ts';
import { type Identity, makeIdentityOf, possibleIds, sharedText } from './identity.ts';
import type { LookedThrough } from './look-through.ts';
import { makeUserTypes, personOf, type UserType } from './person.ts';
import { makeUnmapped } from './unmapped.ts';

/** Turns the rows of a list into items. */
export interface RowTaker {
  /** What comes before the rows: communities, and remarks on columns. */
  begin(): void;
  readonly take: RowHandler;
  /** What comes behind them: values and columns that are not mapped. */
  end(): void;
}

interface Refused {
  readonly notice: Extract<FeedItem, { kind: 'rejected' }>['notice'];
  readonly text: string;
  readonly field?: string;
}

/**
 * Makes the {@link RowTaker} of a file. Each row is a person and its memberships in communities, each known by a hash of its own;
 * a row that cannot be used protects its person and the memberships (`feeds.md` 0.3).
 */
export function makeRowTaker(
  file: LookedThrough,
  settings: ListSettings,
  { namespace, fingerprints }: Pick<ReadOptions, 'namespace' | 'fingerprints'>,
  items: FeedItem[],
): RowTaker {
  const { layout, table, headerLine, header } = file;
  const shape = { delimiter: file.dialect.delimiter, width: layout.width };
  const rowSeed = fingerprints.container(header);
  const memberSeed = fingerprints.container('memberships');
  const unmapped = makeUnmapped();
  const communities = makeCommunities(settings.communities, layout, { namespace, fingerprints }, items, unmapped);
  const userTypeOf = makeUserTypes(settings);
  const identityOf = makeIdentityOf(layout, settings);
  // What is read differently was told of when the file was looked through.
  const decode = makeRowText(() => undefined);
  const placeOf = (column: Parameters<typeof layout.nameOf>[0]) => layout.places.get(column) ?? -1;
  const [first, last, stakeholders, removal] = [
    placeOf('FIRST_NAME'),
    placeOf('LAST_NAME'),
    placeOf('STAKEHOLDERS'),
    placeOf('DELETE'),
  ];
  const typeColumn = layout.nameOf('STAKEHOLDERS');
  let notes: Parameters<Note>[] = [];
  const note: Note = (...remark) => notes.push(remark);
  let line = 1;
  let blank = 0;

  const flush = (id: string): void => {
    for (const [notice, text, field] of notes) {
      const place = { line, ...(id !== '' && { id }), ...(field !== undefined && { field }) };
      items.push({ kind: 'notice', notice, type: 'person', ...place, text });
    }
  };

  const reject = ({ notice, text, field }: Refused, ids: readonly string[]): void => {
    flush(ids[0] ?? '');
    const keys = ids.map((id) => key('person', namespace, id));
    const [one] = keys;
    items.push({
      kind: 'rejected',
      type: 'person',
      line,
      notice,
      text,
      ...(field !== undefined && { field }),
      ...(ids[0] !== undefined && { id: ids[0] }),
      ...(one !== undefined && { key: one, keys, withMemberships: true }),
    });
  };

  const refusalOf = (cells: readonly string[], who: Identity, removed: boolean): Refused | undefined => {
    const shared = table.hasShared ? sharedText(table, who, line, layout) : undefined;
    if (shared !== undefined) return { notice: 'rejected.shared-key', ...shared };
    if (!who.hasEmail) {
      const found = who.email === '' ? 'is empty' : 'is no e-mail address';
      const text = `${layout.nameOf('EMAIL')} ${found}; the row is not used, and its person stays as it is`;
      return { notice: 'rejected.no-email', text, field: layout.nameOf('EMAIL') };
    }
    if (removed) return undefined;
    for (const [column, place] of [['FIRST_NAME', first] as const, ['LAST_NAME', last] as const]) {
      if ((cells[place] ?? '').trim() !== '') continue;
      const field = layout.nameOf(column);
      return { notice: 'rejected.invalid-data', text: `${field} is required and empty; the row is not used`, field };
    }
    if (userTypeOf(cells[stakeholders] ?? '') !== undefined) return undefined;
    const text = `${typeColumn} has several user types; a person has one. The row is not used, and its person stays as it is`;
    return { notice: 'rejected.invalid-data', text, field: typeColumn };
  };

  const member = (community: Community, who: Identity, personKey: string, type: UserType): void => {
    const role = roleIn(community, type);
    const bytes = Buffer.from(`${community.key}\n${who.id}\n${role}`);
    if (fingerprints.known('membership', memberSeed, bytes, 0, bytes.length)) return;
    const hash = fingerprints.hash();
    const data = { group: community.key, member: personKey, memberType: 'person', roles: [{ type: role }] };
    const change = { op: 'replace', type: 'membership', data: data as WriteChange['data'], hash } as const;
    items.push({ kind: 'record', type: 'membership', hash, line, id: who.id, change });
  };

  const use = (cells: readonly string[], row: Parameters<RowHandler>, who: Identity, type: UserType): void => {
    const [bytes, from, to] = row;
    const personKey = key('person', namespace, who.id);
    if (!type.isKnown) unmapped.value(typeColumn, type.word, line, 'list.userTypes');
    for (const { name, place } of layout.unmapped) {
      if ((cells[place] ?? '').trim() !== '') unmapped.column(name, line);
    }
    const found = communities.of(cells, line);
    if (!fingerprints.known('person', rowSeed, bytes, from, to)) {
      const hash = fingerprints.hash();
      const data = personOf(cells, layout, who, type, settings, note);
      flush(who.id);
      const change = { op: 'upsert', type: 'person', key: personKey, data, hash } as const;
      items.push({ kind: 'record', type: 'person', hash, line, id: who.id, change });
    }
    for (const community of found) member(community, who, personKey, type);
  };

  return {
    begin() {
      for (const column of layout.absent) {
        const text = `The file has no column ${column}, which the setting list.communities names; groups and memberships of communities are not removed by this run.`;
        items.push({ kind: 'notice', notice: 'warning.column-missing', line: headerLine, field: column, text });
      }
      communities.begin();
    },
    take(...row) {
      const [bytes, from, to, at, fault] = row;
      if (at <= headerLine) return;
      line = at;
      notes = [];
      const cells: readonly string[] | BadRow = cellsOf(textOf(decode, bytes, from, to, at, fault), shape, note);
      if ('refused' in cells) {
        const { refused: notice, text, cells: read } = cells;
        reject({ notice, text: `${text}; the row is not used` }, possibleIds(read, layout, identityOf));
        return;
      }
      if (isBlank(cells)) {
        blank += 1;
        return;
      }
      const who = identityOf(cells);
      const removed = removal >= 0 && isYes((cells[removal] ?? '').trim());
      const refused = refusalOf(cells, who, removed);
      const type = userTypeOf(cells[stakeholders] ?? '');
      if (refused !== undefined) reject(refused, possibleIds(cells, layout, identityOf));
      else if (removed) {
        flush(who.id);
        const change = { op: 'remove', type: 'person', key: key('person', namespace, who.id) } as const;
        items.push({ kind: 'record', type: 'person', hash: '', line, id: who.id, change });
      } else if (type !== undefined) use(cells, row, who, type);
    },
    end() {
      if (blank > 0) {
        const text = `${blank} row${blank === 1 ? '' : 's'} hold nothing and are passed over`;
        items.push({ kind: 'notice', notice: 'repair.missing-value', line: headerLine, text });
      }
      items.push(...unmapped.items());
    },
  };
}

/** The role of a person in a community: in a class as OneRoster has it, elsewhere a member. */
function roleIn({ kind }: Community, { role }: UserType): string {
  if (kind !== 'class') return 'Member';
  return userRoleOfInstitution(role) === 'teacher' ? 'Instructor' : 'Learner';
}
