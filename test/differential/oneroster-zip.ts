import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';
import type { RandomRoster } from './random-roster.ts';

const files = ['academicSessions', 'classes', 'courses', 'enrollments', 'orgs', 'users'] as const;
const absent = ['categories', 'classResources', 'courseResources', 'demographics', 'lineItems', 'resources', 'results'];

/** The roster as a OneRoster 1.1 bulk package. All classes are of one course and one year. */
export function oneRosterZip({ persons, groups, members }: RandomRoster, stamp: string): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  const add = (name: string, rows: readonly (readonly string[])[]) =>
    zip.addBuffer(Buffer.from(`${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`), name);
  const ofKind = (kind: string) => [...groups.values()].filter((group) => group.kind === kind);
  add('manifest.csv', [
    ['propertyName', 'value'],
    ['manifest.version', '1.0'],
    ['oneroster.version', '1.1'],
    ...files.map((file) => [`file.${file}`, 'bulk']),
    ...absent.map((file) => [`file.${file}`, 'absent']),
    ['source.systemName', stamp],
  ]);
  add('academicSessions.csv', [
    'sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear'.split(','),
    ['year', '', '', 'Year', 'schoolYear', '2025-08-01', '2026-07-31', '', '2026'],
  ]);
  add('orgs.csv', [
    'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId'.split(','),
    ['district', '', '', 'District', 'district', '', ''],
    ...ofKind('school').map(({ id, title, parent }) => [id, '', '', title, 'school', '', parent ?? '']),
  ]);
  add('courses.csv', [
    'sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes'.split(
      ',',
    ),
    ['catalogue', '', '', '', 'All', '', '', 'district', '', ''],
  ]);
  add('classes.csv', [
    'sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods'.split(
      ',',
    ),
    ...ofKind('class').map(({ id, title, parent }) => [
      id,
      '',
      '',
      title,
      '',
      'catalogue',
      '',
      'scheduled',
      '',
      parent ?? 'district',
      'year',
      '',
      '',
      '',
    ]),
  ]);
  add('users.csv', [
    'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password'.split(
      ',',
    ),
    ...[...persons.values()].map(({ id, given, family, email }) => [
      id,
      '',
      '',
      'true',
      'district',
      'student',
      id,
      '',
      given,
      family,
      '',
      '',
      email ?? '',
      '',
      '',
      '',
      '',
      '',
    ]),
  ]);
  add('enrollments.csv', [
    'sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate'.split(
      ',',
    ),
    ...[...members.values()].flatMap(({ group, person, roles }) =>
      roles.map((role) => [
        `${group}.${person}.${role}`,
        '',
        '',
        group,
        'district',
        person,
        role === '02' ? 'teacher' : 'student',
        '',
        '',
        '',
      ]),
    ),
  ]);
  zip.end();
  return buffer(zip.outputStream as unknown as AsyncIterable<Uint8Array>);
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
