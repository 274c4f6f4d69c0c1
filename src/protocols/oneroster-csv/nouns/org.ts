import { oneRosterWords } from '../../../model/index.ts';
import { type Data, metadataOf, parentsOf, type Reading } from './noun.ts';

/** A row of `orgs.csv` (OneRoster CSV 1.2, orgs) as a group. */
export function readOrg(reading: Reading): Data {
  const { cells } = reading;
  cells.need('type');
  return {
    kind: 'org',
    description: { short: cells.need('name') },
    orgType: cells.word('type', oneRosterWords.orgType),
    identifier: cells.text('identifier'),
    relationships: parentsOf(reading, [['org', cells.text('parentSourcedId')]]),
    extension: metadataOf(reading),
  };
}
