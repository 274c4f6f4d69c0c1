import { calendarDay, oneRosterWords, shownStatus, vocabularyWord } from '../../../model/index.ts';
import type { Version } from '../operations/index.ts';
import { filled, modified, optionalFlag } from './base.ts';
import { type Encoder, isOf } from './scene.ts';

/** The sex as a version knows it: 1.1 has two words, and what is none of them is left out there. */
function sexOf(version: Version, gender: string | undefined): string | undefined {
  if (!gender) return undefined;
  const word = vocabularyWord(oneRosterWords.sex, gender);
  return version === '1.2' || word === 'male' || word === 'female' ? word : undefined;
}

/** The demographics of a OneRoster answer (OneRoster 1.2, `Demographics`), under the `sourcedId` of the user. */
export const demographicsEncoder: Encoder = {
  encode: ({ record }, scene) => {
    if (!isOf(record, 'person')) return undefined;
    const known = record.data.demographics ?? {};
    return {
      sourcedId: record.sourcedId,
      status: shownStatus(record),
      dateLastModified: modified(record),
      birthDate: calendarDay(known.birthDate),
      sex: sexOf(scene.version, known.gender),
      americanIndianOrAlaskaNative: optionalFlag(known.americanIndianOrAlaskaNative),
      asian: optionalFlag(known.asian),
      blackOrAfricanAmerican: optionalFlag(known.blackOrAfricanAmerican),
      nativeHawaiianOrOtherPacificIslander: optionalFlag(known.nativeHawaiianOrOtherPacificIslander),
      white: optionalFlag(known.white),
      demographicRaceTwoOrMoreRaces: optionalFlag(known.demographicRaceTwoOrMoreRaces),
      hispanicOrLatinoEthnicity: optionalFlag(known.hispanicOrLatinoEthnicity),
      countryOfBirthCode: filled(known.countryOfBirthCode),
      stateOfBirthAbbreviation: filled(known.stateOfBirthAbbreviation),
      cityOfBirth: filled(known.cityOfBirth),
      publicSchoolResidenceStatus: filled(known.publicSchoolResidenceStatus),
    };
  },
};
