import { oneRosterDemographics, oneRosterWords } from '../../../model/index.ts';
import type { Data, Reading } from './noun.ts';

const { flags, texts } = oneRosterDemographics;

/** A row of `demographics.csv` (OneRoster CSV 1.2, demographics) as a person's demographics. */
export function readDemographics({ cells }: Reading): Data {
  return {
    birthDate: cells.day('birthDate'),
    gender: cells.word('sex', oneRosterWords.sex),
    ...Object.fromEntries(flags.map((name) => [name, cells.flag(name)])),
    ...Object.fromEntries(texts.map((name) => [name, cells.text(name)])),
  };
}
