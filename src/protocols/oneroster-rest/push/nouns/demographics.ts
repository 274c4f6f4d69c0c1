import { oneRosterDemographics, oneRosterWords } from '../../../../model/index.ts';
import { type PushNoun, picked } from './noun.ts';

const { flags, texts } = oneRosterDemographics;
const same = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]));
const names = { birthDate: 'birthDate', gender: 'sex', ...same(flags), ...same(texts) };

/** Demographics (OneRoster 1.2, `Demographics`), which are part of their user. */
export const pushDemographics: PushNoun = {
  read: ({ fields }) => ({
    birthDate: fields.day('birthDate'),
    sex: fields.word('sex', oneRosterWords.sex),
    ...Object.fromEntries(flags.map((name) => [name, fields.flag(name)])),
    ...Object.fromEntries(texts.map((name) => [name, fields.text(name)])),
  }),
  data: (merging) => {
    const demographics = picked(merging, names);
    return Object.keys(demographics).length === 0 ? {} : { demographics };
  },
};
