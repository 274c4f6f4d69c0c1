import type { View } from '../../../roster/index.ts';
import { type Noun, nounOf, type Version } from '../operations/index.ts';

/** The classes of the gradebook. */
type Gradebook = 'category' | 'lineItem' | 'result' | 'scoreScale' | 'assessmentLineItem' | 'assessmentResult';

const isGradebook = (noun: Noun): noun is Gradebook => noun in gradebook['1.2'];

const base = 'sourcedId status dateLastModified metadata';

const same: Readonly<Record<Exclude<Noun, Gradebook | 'user'>, string>> = {
  org: 'name type identifier parent children',
  course: 'title schoolYear courseCode grades subjects org subjectCodes resources',
  class: 'title classCode classType location grades subjects course school terms subjectCodes periods resources',
  academicSession: 'title startDate endDate type parent children schoolYear',
  enrollment: 'user class school role primary beginDate endDate',
  demographics:
    'birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus',
  resource: 'title roles importance vendorResourceId vendorId applicationId',
};

const lineItem = 'title description assignDate dueDate class category gradingPeriod resultValueMin resultValueMax';
const result = 'lineItem student scoreStatus score scoreDate comment';
const scored = 'textScore scoreScale learningObjectiveSet inProgress incomplete late missing';

/** 1.1 has three classes of the gradebook, with fewer fields. */
const gradebook: Readonly<Record<Version, Readonly<Record<Gradebook, string>>>> = {
  '1.1': {
    category: 'title',
    lineItem,
    result,
    scoreScale: '',
    assessmentLineItem: '',
    assessmentResult: '',
  },
  '1.2': {
    category: 'title weight',
    lineItem: `${lineItem} school academicSession scoreScale learningObjectiveSet`,
    result: `${result} class ${scored}`,
    scoreScale: 'title type course class scoreScaleValue',
    assessmentLineItem:
      'title description class parentAssessmentLineItem scoreScale resultValueMin resultValueMax learningObjectiveSet',
    assessmentResult: `assessmentLineItem student scoreDate score scorePercentile scoreStatus comment ${scored}`,
  },
};

const user =
  'username userIds enabledUser givenName familyName middleName identifier email sms phone agents grades password';

const userOnly: Readonly<Record<Version, string>> = {
  '1.1': 'role orgs',
  '1.2':
    'userMasterIdentifier preferredFirstName preferredMiddleName preferredLastName pronouns roles userProfiles primaryOrg resources',
};

function fieldSet(version: Version, noun: Noun): ReadonlySet<string> {
  const own = isGradebook(noun)
    ? gradebook[version][noun]
    : noun === 'user'
      ? `${user} ${userOnly[version]}`
      : same[noun];
  return new Set(`${base} ${own}`.split(' '));
}

/** The top-level fields of every class in a version (OneRoster 1.2 information model; 1.1, section 4). */
export function makeFieldTable(): (version: Version, view: View) => ReadonlySet<string> {
  const tables = { '1.1': new Map<Noun, ReadonlySet<string>>(), '1.2': new Map<Noun, ReadonlySet<string>>() };
  return (version, view) => {
    const noun = nounOf[view];
    const known = tables[version].get(noun);
    if (known !== undefined) return known;
    const fields = fieldSet(version, noun);
    tables[version].set(noun, fields);
    return fields;
  };
}
