import type { Data, Reading } from './noun.ts';

const sexes = ['male', 'female', 'unspecified', 'other'];

const flags = [
  'americanIndianOrAlaskaNative',
  'asian',
  'blackOrAfricanAmerican',
  'nativeHawaiianOrOtherPacificIslander',
  'white',
  'demographicRaceTwoOrMoreRaces',
  'hispanicOrLatinoEthnicity',
];

const texts = ['countryOfBirthCode', 'stateOfBirthAbbreviation', 'cityOfBirth', 'publicSchoolResidenceStatus'];

/** A row of `demographics.csv` (OneRoster CSV 1.2, demographics) as a person's demographics. */
export function readDemographics({ cells }: Reading): Data {
  return {
    birthDate: cells.day('birthDate'),
    gender: cells.word('sex', sexes),
    ...Object.fromEntries(flags.map((name) => [name, cells.flag(name)])),
    ...Object.fromEntries(texts.map((name) => [name, cells.text(name)])),
  };
}
