/** Versions of the CSV binding; a package without `manifest.csv` is 1.0. 1.2.1 differs from 1.2 in `users.csv` only. */
export const csvVersions = ['1.0', '1.1', '1.2', '1.2.1'] as const;
/** One of {@link csvVersions}. */
export type CsvVersion = (typeof csvVersions)[number];

/** Files whose records the roster keeps, in the order in which they are read. */
export const rosterFiles = [
  'orgs',
  'academicSessions',
  'courses',
  'classes',
  'users',
  'roles',
  'userProfiles',
  'demographics',
  'enrollments',
] as const;
/** One of {@link rosterFiles}. */
export type RosterFile = (typeof rosterFiles)[number];

/** Files of the standard that are not read: gradebook and resources. */
export const otherFiles = [
  'categories',
  'classResources',
  'courseResources',
  'lineItems',
  'resources',
  'results',
  'lineItemLearningObjectiveIds',
  'lineItemScoreScales',
  'resultLearningObjectiveIds',
  'resultScoreScales',
  'scoreScales',
  'userResources',
] as const;
/** One of {@link otherFiles}. */
export type OtherFile = (typeof otherFiles)[number];

/** A column of a file; `required` as the binding says it (R). */
export interface Column {
  readonly name: string;
  readonly required: boolean;
}

/** Columns in the exact order of the binding; `!` marks the required ones (OneRoster CSV 1.2, tables of each file). */
const tables = {
  orgs: 'sourcedId! status dateLastModified name! type! identifier parentSourcedId',
  academicSessions: 'sourcedId! status dateLastModified title! type! startDate! endDate! parentSourcedId schoolYear!',
  courses:
    'sourcedId! status dateLastModified schoolYearSourcedId title! courseCode grades orgSourcedId! subjects subjectCodes',
  classes:
    'sourcedId! status dateLastModified title! grades courseSourcedId! classCode classType! location schoolSourcedId! termSourcedIds! subjects subjectCodes periods',
  users:
    'sourcedId! status dateLastModified enabledUser! username! userIds givenName! familyName! middleName identifier email sms phone agentSourcedIds grades password userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName preferredFamilyName primaryOrgSourcedId pronouns',
  roles:
    'sourcedId! status dateLastModified userSourcedId! roleType! role! beginDate endDate orgSourcedId! userProfileSourcedId',
  userProfiles:
    'sourcedId! status dateLastModified userSourcedId! profileType! vendorId! applicationId description credentialType! username! password',
  demographics:
    'sourcedId! status dateLastModified birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus',
  enrollments:
    'sourcedId! status dateLastModified classSourcedId! schoolSourcedId! userSourcedId! role! primary beginDate endDate',
} as const satisfies Record<RosterFile, string>;

/** `users.csv` of 1.1: one role and the orgs stand in the file itself. */
const users1p1 =
  'sourcedId! status dateLastModified enabledUser! orgSourcedIds! role! username! userIds givenName! familyName! middleName identifier email sms phone agentSourcedIds grades password';

/** What 1.0 has otherwise than 1.1, as far as it is known; the order is not judged. */
const tables1p0: Partial<Record<RosterFile, string>> = {
  academicSessions: 'sourcedId! status dateLastModified title! type! startDate! endDate! parentSourcedId schoolYear',
  classes:
    'sourcedId! status dateLastModified title! grades courseSourcedId! classCode classType location schoolSourcedId! termSourcedIds! subjects subjectCodes periods',
  users:
    'sourcedId! status dateLastModified enabledUser orgSourcedIds! role! username! userIds givenName! familyName! middleName identifier email sms phone agentSourcedIds grades password',
};

/** The columns of a file in the order of the binding. */
export function columnsOf(file: RosterFile, version: CsvVersion): readonly Column[] {
  const text = tableOf(file, version);
  return text.split(' ').map((word) => ({ name: word.replace('!', ''), required: word.endsWith('!') }));
}

function tableOf(file: RosterFile, version: CsvVersion): string {
  if (version === '1.0') return tables1p0[file] ?? (file === 'users' ? users1p1 : tables[file]);
  if (file !== 'users') return tables[file];
  if (version === '1.1') return users1p1;
  return version === '1.2' ? tables.users : tables.users.replace(' resourceSourcedIds', '');
}

/** Spellings of other versions and of exporters, in lower case, with the column that they mean. */
const spellings: ReadonlyMap<string, string> = new Map(
  Object.entries({
    datalastmodified: 'dateLastModified',
    prefferedgivenname: 'preferredGivenName',
    prefferedmiddlename: 'preferredMiddleName',
    prefferedfamilyname: 'preferredFamilyName',
    preferredfirstname: 'preferredGivenName',
    preferredlastname: 'preferredFamilyName',
    termsourcedid: 'termSourcedIds',
    orgsourcedid: 'orgSourcedIds',
    grade: 'grades',
    userid: 'userIds',
    agents: 'agentSourcedIds',
    schoolyearid: 'schoolYearSourcedId',
  }),
);

/** The columns that 1.0 names otherwise; there they are no mistake. */
const names1p0 = ['grade', 'termSourcedId', 'userId', 'agents', 'schoolYearId', 'userSourcedId', 'birthdate'];

/** The column that a header cell means, by exact name, by any case, or by a known other spelling. */
export function columnMeant(
  cell: string,
  file: RosterFile,
  version: CsvVersion,
): { name: string; exact: boolean } | undefined {
  const columns = columnsOf(file, version);
  if (columns.some(({ name }) => name === cell)) return { name: cell, exact: true };
  const lower = cell.toLowerCase();
  const known = file === 'demographics' && lower === 'usersourcedid' ? 'sourcedId' : spellings.get(lower);
  const found = columns.find(({ name }) => name === known) ?? columns.find(({ name }) => name.toLowerCase() === lower);
  if (found === undefined) return undefined;
  return { name: found.name, exact: version === '1.0' && names1p0.includes(cell) };
}
