/** Files of a OneRoster CSV package that a mapping may fill. */
export const restTypes = [
  'orgs',
  'academicSessions',
  'courses',
  'classes',
  'users',
  'roles',
  'demographics',
  'enrollments',
] as const;
/** One of {@link restTypes}. */
export type RestType = (typeof restTypes)[number];

/** Versions of the package: 1.1 has the role and the orgs in `users.csv`, 1.2 has them in `roles.csv`. */
export type RestVersion = '1.1' | '1.2';

const words = (names: string) => names.split(' ');

const columns: Readonly<Record<RestType, readonly string[]>> = {
  orgs: words('sourcedId name type identifier parentSourcedId'),
  academicSessions: words('sourcedId title type startDate endDate parentSourcedId schoolYear'),
  courses: words('sourcedId schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes'),
  classes: words(
    'sourcedId title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds subjects subjectCodes periods',
  ),
  users: words(
    'sourcedId enabledUser username userIds givenName familyName middleName identifier email sms phone agentSourcedIds grades userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName primaryOrgSourcedId pronouns',
  ),
  roles: words('sourcedId userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId'),
  demographics: words(
    'sourcedId birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus',
  ),
  enrollments: words('sourcedId classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate'),
};

const users1p1 = words(
  'sourcedId enabledUser orgSourcedIds role username userIds givenName familyName middleName identifier email sms phone agentSourcedIds grades',
);

/**
 * Columns of a file that a mapping may fill, in the order of the binding: those of bulk files but passwords, which are never read
 * from another server (OneRoster CSV 1.1 and 1.2, tables of each file). 1.1 has no `roles`.
 */
export function restColumns(type: RestType, version: RestVersion): readonly string[] {
  if (version === '1.2') return columns[type];
  return type === 'users' ? users1p1 : type === 'roles' ? [] : columns[type];
}
