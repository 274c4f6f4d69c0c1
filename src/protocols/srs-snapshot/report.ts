import type { FeedItem } from '../../sync/index.ts';
import type { CoursePlace } from './enrolment.ts';

/** Courses and members that are named; more are counted together. */
const mostNamed = 5_000;

const kinds = {
  new: 'warning.course-new',
  'switched-off': 'warning.course-not-enrolled',
  filtered: 'warning.course-filtered',
} as const;
const texts = {
  new: 'is new: nobody has said whether its students get accounts. Enrol it in the setting snapshot.courses, or switch it off there',
  'switched-off': 'is switched off in the setting snapshot.courses: its students get no accounts',
  filtered: 'is left out by the settings snapshot.include and snapshot.exclude',
} as const;

/** Counts courses whose rows make no accounts, and members of rows that mean nothing (`feeds.md` 1.3, 1.8). */
export interface RowCounts {
  leftOut(place: CoursePlace, line: number): void;
  ignored(member: string, line: number): void;
  items(): Generator<FeedItem>;
}

/** Makes {@link RowCounts}. */
export function makeRowCounts(): RowCounts {
  const courses = new Map<string, { readonly place: CoursePlace; readonly line: number; rows: number }>();
  const members = new Map<string, { readonly line: number; rows: number }>();
  let further = 0;

  return {
    leftOut(place, line) {
      const there = courses.get(place.id);
      if (there !== undefined) there.rows += 1;
      else if (courses.size < mostNamed) courses.set(place.id, { place, line, rows: 1 });
      else further += 1;
    },
    ignored(member, line) {
      const name = member.slice(0, 64);
      const there = members.get(name);
      if (there !== undefined) there.rows += 1;
      else if (members.size < 100) members.set(name, { line, rows: 1 });
    },
    *items() {
      for (const { place, line, rows } of courses.values()) {
        if (place.state === 'enrolled') continue;
        const names = place.levels.map(({ name }) => name).join(' / ');
        const text = `The course ${names} ${texts[place.state]} (${rows} row${rows === 1 ? '' : 's'}).`;
        yield { kind: 'notice', notice: kinds[place.state], line, id: place.id, rows, text };
      }
      if (further > 0) {
        const text = `${further} rows are of further courses that are not enrolled; the first ${mostNamed} are listed.`;
        yield { kind: 'notice', notice: 'warning.list-cut', line: 1, rows: further, text };
      }
      for (const [name, { line, rows }] of members) {
        const text = `The member ${name} means nothing in a snapshot and is passed over.`;
        yield { kind: 'notice', notice: 'warning.column-ignored', line, field: name, rows, text };
      }
    },
  };
}
