import { columnsOf, type RosterFile } from '../../../src/protocols/oneroster-csv/index.ts';
import type { Csv } from '../export-room.ts';

/** Headers that changed between the versions, as the standard prints them. */
const users = {
  '1.1':
    'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password',
  '1.2.1':
    'sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns',
} as const;

/** What refers to what; lists are separated by commas. */
const references: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  orgs: { parentSourcedId: 'orgs' },
  academicSessions: { parentSourcedId: 'academicSessions' },
  courses: { orgSourcedId: 'orgs', schoolYearSourcedId: 'academicSessions' },
  classes: { courseSourcedId: 'courses', schoolSourcedId: 'orgs', termSourcedIds: 'academicSessions' },
  users: { orgSourcedIds: 'orgs', agentSourcedIds: 'users', primaryOrgSourcedId: 'orgs' },
  roles: { userSourcedId: 'users', orgSourcedId: 'orgs', userProfileSourcedId: 'userProfiles' },
  userProfiles: { userSourcedId: 'users' },
  demographics: { sourcedId: 'users' },
  enrollments: { classSourcedId: 'classes', schoolSourcedId: 'orgs', userSourcedId: 'users' },
};

const files1p1 = 13;
const files1p2 = 21;

/** Why a package does not keep to the rules of the CSV binding; an empty list where it does. */
export function faultsOf(files: ReadonlyMap<string, Csv>, version: '1.1' | '1.2.1', delta = false): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, text: string) => {
    if (!holds && faults.length < 20) faults.push(text);
  };
  const manifest = new Map(files.get('manifest.csv')?.rows.map((row) => [row['propertyName'], row['value']]));
  check(manifest.get('manifest.version') === '1.0', 'manifest.version');
  check(manifest.get('oneroster.version') === version.slice(0, 3), 'oneroster.version');
  const said = [...manifest].filter(([name]) => name?.startsWith('file.'));
  check(said.length === (version === '1.1' ? files1p1 : files1p2), `${said.length} files in the manifest`);
  for (const [property, mode] of said) {
    const there = files.has(`${property?.slice(5)}.csv`);
    check(mode === (there ? (delta ? 'delta' : 'bulk') : 'absent'), `${property} is ${mode}`);
  }
  check(said.filter(([, mode]) => mode !== 'absent').length === files.size - 1, 'files beside the manifest');
  const ids = new Map([...files].map(([name, { rows }]) => [name, new Set(rows.map((row) => row['sourcedId'] ?? ''))]));
  for (const [name, { columns, rows }] of files) {
    if (name === 'manifest.csv') continue;
    const file = name.replace('.csv', '') as RosterFile;
    const own = columns.filter((column) => !column.startsWith('metadata.'));
    const due = file === 'users' ? users[version].split(',') : columnsOf(file, version).map((column) => column.name);
    check(own.join() === due.join(), `${name}: ${own.join()}`);
    check(columns.slice(0, own.length).join() === own.join(), `${name}: metadata are not last`);
    check(rows.length > 0, `${name} has no rows`);
    check(ids.get(name)?.size === rows.length, `${name} has an id twice`);
    const required = columnsOf(file, version).filter((column) => column.required);
    for (const row of rows) {
      const at = `${name} ${row['sourcedId']}`;
      check(/^[0-9a-zA-Z.\-_/@]{1,255}$/.test(row['sourcedId'] ?? ''), `${at}: the id is not legal`);
      for (const column of required) check(row[column.name] !== '', `${at}: ${column.name} is empty`);
      for (const column of ['status', 'dateLastModified']) check((row[column] !== '') === delta, `${at}: ${column}`);
      for (const [column, target] of Object.entries(references[file] ?? {})) {
        for (const id of (row[column] ?? '').split(',')) {
          check(id === '' || delta || ids.get(`${target}.csv`)?.has(id) === true, `${at}: ${column} names ${id}`);
        }
      }
    }
  }
  return faults;
}
