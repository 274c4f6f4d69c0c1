import { RE2JS } from 're2js';
import type { SnapshotSettings } from '../../sync/index.ts';
import type { StudentRow } from './row.ts';

const levelNames = ['faculty', 'department', 'course'] as const;
/** A level of the tree that rows make (`feeds.md` 1.13). */
export type Level = (typeof levelNames)[number];

/** A course as rows name it. */
export interface CoursePlace {
  /** Its groups, the widest first; levels without a name are left out. */
  readonly levels: readonly { readonly level: Level; readonly id: string; readonly name: string }[];
  /** The id of the course's group. */
  readonly id: string;
  /**
   * `enrolled`: its students get accounts. `switched-off`: it is known and switched off. `new`: nobody has said anything of it.
   * `filtered`: a pattern leaves it out.
   */
  readonly state: 'enrolled' | 'switched-off' | 'new' | 'filtered';
}

const folded = (name: string) => name.trim().toLowerCase();
const escaped = (name: string) => folded(name).replaceAll('%', '%25').replaceAll('/', '%2F');
const nameKey = (...names: readonly string[]) => names.map(folded).join('\n');

/** Makes what tells of a row's course whether it is enrolled (`feeds.md` 1.3, 1.10, 1.12). */
export function makeEnrolment(settings: SnapshotSettings): (row: StudentRow) => CoursePlace {
  const courses = new Map(
    settings.courses.map(({ faculty, department, course, enrolled }) => [
      nameKey(faculty, department, course),
      enrolled,
    ]),
  );
  const departments = new Set(settings.departments.map(({ faculty, department }) => nameKey(faculty, department)));
  const included = settings.include.map(patternOf);
  const excluded = settings.exclude.map(patternOf);
  const places = new Map<string, CoursePlace>();

  const passes = ({ department, course }: StudentRow): boolean => {
    const matches = ({ of, test }: Pattern) => test(of === 'department' ? department : course);
    if (excluded.some(matches)) return false;
    return (['department', 'course'] as const).every((level) => {
      const asked = included.filter(({ of }) => of === level);
      return asked.length === 0 || asked.some(matches);
    });
  };

  const stateOf = (row: StudentRow): CoursePlace['state'] => {
    const { faculty, department, course } = row;
    if (!passes(row)) return 'filtered';
    const said = courses.get(nameKey(faculty, department, course));
    if (said !== undefined) return said ? 'enrolled' : 'switched-off';
    return settings.createCourses && departments.has(nameKey(faculty, department)) ? 'enrolled' : 'new';
  };

  return (row) => {
    const { faculty, department, course } = row;
    const key = `${faculty}\n${department}\n${course}`;
    const there = places.get(key);
    if (there !== undefined) return there;
    const levels = [faculty, department, course].flatMap((name, at, all) => {
      if (name === '') return [];
      const id = all
        .slice(0, at + 1)
        .map(escaped)
        .join('/');
      return [{ level: levelNames[at] as Level, id, name }];
    });
    const place: CoursePlace = { levels, id: levels.at(-1)?.id ?? '', state: stateOf(row) };
    // A sender who gives each student a course of its own must not fill the memory.
    if (places.size < 50_000) places.set(key, place);
    return place;
  };
}

interface Pattern {
  readonly of: 'department' | 'course';
  test(text: string): boolean;
}

function patternOf({ of, pattern }: SnapshotSettings['include'][number]): Pattern {
  const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
  return { of, test: (text) => compiled.test(text) };
}
