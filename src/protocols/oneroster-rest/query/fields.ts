import type { View } from '../../../roster/index.ts';
import type { Version } from '../operations.ts';

/** The class of object that a view shows. */
export type Noun = 'user' | 'org' | 'course' | 'class' | 'academicSession' | 'enrollment';

const nouns: Readonly<Record<View, Noun>> = {
  user: 'user',
  student: 'user',
  teacher: 'user',
  org: 'org',
  school: 'org',
  course: 'course',
  class: 'class',
  academicSession: 'academicSession',
  term: 'academicSession',
  gradingPeriod: 'academicSession',
  enrollment: 'enrollment',
};

const base = 'sourcedId status dateLastModified metadata';

const same: Readonly<Record<Exclude<Noun, 'user'>, string>> = {
  org: 'name type identifier parent children',
  course: 'title schoolYear courseCode grades subjects org subjectCodes resources',
  class: 'title classCode classType location grades subjects course school terms subjectCodes periods resources',
  academicSession: 'title startDate endDate type parent children schoolYear',
  enrollment: 'user class school role primary beginDate endDate',
};

const user =
  'username userIds enabledUser givenName familyName middleName identifier email sms phone agents grades password';

const userOnly: Readonly<Record<Version, string>> = {
  '1.1': 'role orgs',
  '1.2':
    'userMasterIdentifier preferredFirstName preferredMiddleName preferredLastName pronouns roles userProfiles primaryOrg resources',
};

function fieldSet(version: Version, noun: Noun): ReadonlySet<string> {
  const own = noun === 'user' ? `${user} ${userOnly[version]}` : same[noun];
  return new Set(`${base} ${own}`.split(' '));
}

/** The top-level fields of every class in a version (OneRoster 1.2 information model; 1.1, section 4). */
export function makeFieldTable(): (version: Version, view: View) => ReadonlySet<string> {
  const tables = { '1.1': new Map<Noun, ReadonlySet<string>>(), '1.2': new Map<Noun, ReadonlySet<string>>() };
  return (version, view) => {
    const noun = nouns[view];
    const known = tables[version].get(noun);
    if (known !== undefined) return known;
    const fields = fieldSet(version, noun);
    tables[version].set(noun, fields);
    return fields;
  };
}
