import { endsKey, key } from '../../model/index.ts';
import { defaultSnapshot, type FeedItem, type ReadOptions } from '../../sync/index.ts';
import { type Account, accountsOf } from './accounts.ts';
import { type CoursePlace, makeEnrolment } from './enrolment.ts';
import { idOfEmail, makeGroups, memberItem, personItem, studentBytes } from './records.ts';
import { makeRowCounts } from './report.ts';
import { type RefusedRow, type Repaired, readRow, type StudentRow } from './row.ts';
import { makeSlots } from './slots.ts';
import { parsedStudent, type StudentBytes } from './students.ts';

/** A row that waits until it is known whose it is. */
interface Waiting {
  readonly row: StudentRow;
  readonly place: CoursePlace;
  readonly line: number;
  readonly index: number;
  readonly slot: number;
  /** Hashes of what is not known by its bytes. */
  readonly person: string | undefined;
  readonly member: string | undefined;
  /** Another student of the snapshot came with the same e-mail before. */
  readonly isShared: boolean;
  /** Its course has no accounts: whoever is meant is there, and that is all. */
  readonly isLeftOut?: true;
}

/** Turns the rows of a snapshot into items. */
export interface RowTaker {
  take(student: StudentBytes): void;
  /** Gives what waits, once there are so many rows of it. */
  settle(least: number): Promise<void>;
  /** What only the whole snapshot shows. */
  end(): void;
}

/** Makes the {@link RowTaker} of a snapshot; each row is a student and its membership in a course. */
export function makeRowTaker(options: ReadOptions, items: FeedItem[]): RowTaker {
  const { namespace, fingerprints, file } = options;
  const placeOf = makeEnrolment(options.snapshot ?? defaultSnapshot);
  const groups = makeGroups(options, (item) => items.push(item));
  const counts = makeRowCounts();
  const [students, emails, pairs] = [makeSlots(), makeSlots(), makeSlots()];
  const studentSeed = fingerprints.container('students');
  const memberSeed = fingerprints.container('members');
  /** By student: a hash of what the last row said, and the line of the first. By e-mail: the student who came first with it. */
  const said: number[] = [];
  const firstLine: number[] = [];
  const firstWith: number[] = [];
  /** Students of whom something was given, those who wait, and those whose e-mail is another one's. */
  const given = new Set<number>();
  const pending = new Set<number>();
  const conflicting = new Set<number>();
  /** Students and courses of which it was said that they are there. */
  const presented = new Set<number>();
  const presentedGroups = new Set<string>();
  let waiting: Waiting[] = [];

  const pathOf = (index: number, field?: string) => `data.students[${index}]${field === undefined ? '' : `.${field}`}`;
  const groupKey = ({ id }: CoursePlace) => key('group', namespace, id);
  const idOf = ({ id, email }: StudentRow) => (id === '' ? idOfEmail(email) : id);
  const personKey = (id: string) => key('person', namespace, id);

  function reject({ notice, text, field, id, email }: RefusedRow, line: number, index: number): void {
    const keys = [...(id === '' ? [] : [id]), ...(email === '' ? [] : [idOfEmail(email)])].map(personKey);
    const [first] = keys;
    items.push({
      kind: 'rejected',
      type: 'person',
      line,
      notice,
      text: `${pathOf(index)}: ${text}`,
      field: pathOf(index, field),
      ...(first === undefined ? {} : { id: id === '' ? email : id, key: first, keys, withMemberships: true as const }),
    });
  }

  function conflict({ row, line, index }: Pick<Waiting, 'row' | 'line' | 'index'>): void {
    const text =
      'email is that of another account; the row is not used, and its student stays as it is. Correct the e-mail of one of the two';
    const email = row.id === '' ? row.email : '';
    reject({ notice: 'rejected.email-taken', text, field: 'email', id: row.id, email }, line, index);
  }

  /** Who is in a course without accounts is there all the same (`feeds.md` 0.3), and so is what stands in the roster of it. */
  function present(slot: number, row: StudentRow, place: CoursePlace): void {
    const own = personKey(idOf(row));
    if (!presented.has(slot)) {
      presented.add(slot);
      items.push({ kind: 'present', type: 'person', key: own });
      // Who came without an id before is known by the e-mail.
      if (row.id !== '') items.push({ kind: 'present', type: 'person', key: personKey(idOfEmail(row.email)) });
    }
    presentIn(own, place);
  }

  function presentIn(person: string, place: CoursePlace): void {
    const group = groupKey(place);
    items.push({ kind: 'present', type: 'membership', key: endsKey(group, person, 'person') });
    if (presentedGroups.has(group)) return;
    presentedGroups.add(group);
    items.push({ kind: 'present', type: 'group', key: group });
  }

  function membership(place: CoursePlace, row: StudentRow, slot: number): string | undefined {
    const known = pairs.count;
    // A student stands in a course once.
    if (pairs.of(String(slot), place.id) !== known) return undefined;
    const bytes = Buffer.from(JSON.stringify([place.id, idOf(row)]));
    return fingerprints.known('membership', memberSeed, bytes, 0, bytes.length) ? undefined : fingerprints.hash();
  }

  /** Whether a row says the same of its student as the row before it; notes what it says. */
  function repeats(
    slot: number,
    bytes: Buffer,
    isFirst: boolean,
    { row, line, index }: Pick<Waiting, 'row' | 'line' | 'index'>,
  ) {
    const hash = shortHash(bytes);
    const before = said[slot];
    said[slot] = hash;
    if (isFirst) firstLine[slot] = line;
    if (isFirst || before === hash) return !isFirst;
    const text = `${pathOf(index)} says other things of its student than the row before; the first is in line ${firstLine[slot]}. The last row counts.`;
    const id = row.id || row.email;
    items.push({
      kind: 'notice',
      notice: 'warning.rows-disagree',
      type: 'person',
      line,
      field: pathOf(index),
      id,
      text,
    });
    return false;
  }

  function use(row: StudentRow, line: number, index: number): void {
    const place = placeOf(row);
    const isEnrolled = place.state === 'enrolled';
    const bytes = studentBytes(row);
    const met = students.count;
    const slot = students.of('student', idOf(row));
    const isSame = repeats(slot, bytes, slot === met, { row, line, index });
    const email = emails.of('email', row.email.toLowerCase());
    firstWith[email] ??= slot;
    if (!isEnrolled) {
      counts.leftOut(place, line);
      present(slot, row, place);
      const isShared = false;
      const left = {
        row,
        place,
        line,
        index,
        slot,
        person: undefined,
        member: undefined,
        isShared,
        isLeftOut: true,
      } as const;
      if (row.id === '') waiting.push(left);
      // What the last row says of an account counts, whatever its course is.
      if (!given.has(slot)) return;
    }
    if (conflicting.has(slot)) {
      conflict({ row, line, index });
      return;
    }
    if (isEnrolled) groups(place, line);
    const isNew = !(isSame && given.has(slot)) && !fingerprints.known('person', studentSeed, bytes, 0, bytes.length);
    const person = isNew ? fingerprints.hash() : undefined;
    given.add(slot);
    const member = isEnrolled ? membership(place, row, slot) : undefined;
    if (person === undefined && member === undefined) return;
    const one = { row, place, line, index, slot, person, member, isShared: firstWith[email] !== slot };
    if (person === undefined && row.id !== '' && !pending.has(slot)) give(one, { key: personKey(row.id) });
    else {
      pending.add(slot);
      waiting.push(one);
    }
  }

  function give(
    { row, place, line, person, member }: Waiting,
    account: Pick<Extract<Account, { key: string }>, 'key' | 'renamedFrom'>,
  ): void {
    if (person !== undefined) {
      const item = personItem(row, account.key, line, person);
      items.push(account.renamedFrom === undefined ? item : { ...item, renamedFrom: account.renamedFrom });
    }
    if (member !== undefined) items.push(memberItem(groupKey(place), account.key, row.id || row.email, line, member));
  }

  return {
    take({ index, line, bytes }) {
      if (bytes === undefined) {
        const text = 'is too large; the row is not used';
        reject({ notice: 'rejected.too-large', text, id: '', email: '' }, line, index);
        return;
      }
      const notes: Parameters<Repaired>[] = [];
      const found = parsedStudent(file, index, line, bytes);
      const row = readRow(
        found,
        bytes,
        (...note) => notes.push(note),
        (name) => counts.ignored(name, line),
      );
      for (const [notice, field, told] of notes) {
        const place = { line, field: pathOf(index, field), id: row.id || row.email };
        items.push({ kind: 'notice', notice, type: 'person', ...place, text: `${pathOf(index)}: ${told}` });
      }
      if ('notice' in row) reject(row, line, index);
      else use(row, line, index);
    },

    async settle(least) {
      if (waiting.length < least) return;
      const asked = waiting;
      waiting = [];
      pending.clear();
      const accounts = await accountsOf(
        asked.map(({ row }) => row),
        options,
      );
      for (const [at, one] of asked.entries()) {
        const account = accounts[at];
        if (account === undefined) continue;
        if (one.isLeftOut === true) {
          if ('key' in account && account.holds) {
            items.push({ kind: 'present', type: 'person', key: account.key });
            presentIn(account.key, one.place);
          }
          continue;
        }
        // Whoever holds an e-mail in the roster keeps it; where nobody does, the first one of the snapshot has it.
        const isOthers = 'taken' in account || (one.isShared && !account.holds) || conflicting.has(one.slot);
        if (!isOthers) give(one, account);
        else {
          conflicting.add(one.slot);
          conflict(one);
        }
      }
    },

    end: () => void items.push(...counts.items()),
  };
}

/** A hash of 32 bits, to see whether two rows of a student say the same. */
function shortHash(bytes: Buffer): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
